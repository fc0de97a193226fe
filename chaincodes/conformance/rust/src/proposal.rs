use fabric_contract::crypto::{self, HashAlgorithm, SignatureAlgorithm};
use fabric_contract::{Context, Result};

use super::text::{List, hexadecimal, lossy, optional, pairs};

pub fn tx_id(context: &Context) -> Result<String> {
    Ok(context.tx_id())
}

pub fn channel_id(context: &Context) -> Result<String> {
    Ok(context.channel_id())
}

pub fn timestamp(context: &Context) -> Result<String> {
    let time = context.tx_timestamp();
    Ok(format!("{}.{:09}", time.seconds, time.nanoseconds))
}

/// What the peer says, not what this function was given.
pub fn args(context: &Context, _: String, _: String) -> Result<String> {
    Ok(context.args().iter().map(|arg| lossy(arg)).collect::<Vec<_>>().join(","))
}

pub fn transient(context: &Context) -> Result<String> {
    Ok(fields(&context.transient()))
}

pub fn creator(context: &Context) -> Result<Vec<u8>> {
    Ok(context.creator())
}

pub fn creator_msp_id(context: &Context) -> Result<String> {
    Ok(context.creator_msp_id())
}

pub fn creator_certificate(context: &Context) -> Result<Vec<u8>> {
    Ok(context.creator_certificate())
}

pub fn signed_proposal(context: &Context) -> Result<Vec<u8>> {
    Ok(context.signed_proposal())
}

pub fn binding(context: &Context) -> Result<String> {
    Ok(hexadecimal(&context.binding()))
}

pub fn decorations(context: &Context) -> Result<String> {
    Ok(fields(&context.decorations()))
}

fn fields(fields: &[(String, Vec<u8>)]) -> String {
    pairs(fields.iter().map(|(name, value)| (name.as_str(), lossy(value))))
}

pub fn client_id(context: &Context) -> Result<String> {
    context.client_identity().id()
}

pub fn client_msp_id(context: &Context) -> Result<String> {
    Ok(context.client_identity().msp_id())
}

pub fn client_subject(context: &Context) -> Result<String> {
    context.client_identity().subject()
}

pub fn client_issuer(context: &Context) -> Result<String> {
    context.client_identity().issuer()
}

pub fn client_units(context: &Context) -> Result<String> {
    Ok(context.client_identity().organizational_units()?.join(","))
}

pub fn client_attribute(context: &Context, name: String) -> Result<String> {
    Ok(optional(context.client_identity().attribute(&name)?.map(String::into_bytes)))
}

pub fn client_attributes(context: &Context) -> Result<String> {
    let attributes = context.client_identity().attributes()?;
    Ok(pairs(attributes.iter().map(|(name, value)| (name.as_str(), value.clone()))))
}

pub fn event(context: &Context, name: String, payload: Vec<u8>) -> Result<()> {
    context.set_event(&name, &payload)
}

pub fn invoke(context: &Context, name: String, channel: String, args: List) -> Result<String> {
    let args: Vec<&[u8]> = args.0.iter().map(String::as_bytes).collect();
    let response = context.invoke_chaincode(&name, &args, &channel)?;
    Ok(format!("{}|{}|{}", response.status, response.message, lossy(&response.payload)))
}

pub fn hash(_: &Context, algorithm: String, data: Vec<u8>) -> Result<String> {
    let algorithm = match algorithm.as_str() {
        "sha256" => HashAlgorithm::Sha256,
        "sha384" => HashAlgorithm::Sha384,
        "sha512" => HashAlgorithm::Sha512,
        "sha3-256" => HashAlgorithm::Sha3256,
        "sha3-384" => HashAlgorithm::Sha3384,
        other => return Err(format!("no algorithm {other}").into()),
    };
    Ok(hexadecimal(&crypto::hash(algorithm, &data)))
}

/// The signature in hexadecimal.
pub fn verify(
    _: &Context,
    algorithm: String,
    public_key: Vec<u8>,
    message: Vec<u8>,
    signature: String,
) -> Result<bool> {
    let algorithm = match algorithm.as_str() {
        "ecdsa-p256-sha256" => SignatureAlgorithm::EcdsaP256Sha256,
        "ecdsa-p384-sha384" => SignatureAlgorithm::EcdsaP384Sha384,
        "ed25519" => SignatureAlgorithm::Ed25519,
        "rsa-pkcs1-sha256" => SignatureAlgorithm::RsaPkcs1Sha256,
        "rsa-pss-sha256" => SignatureAlgorithm::RsaPssSha256,
        other => return Err(format!("no algorithm {other}").into()),
    };
    let digits = |at: usize| signature.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let signature: Option<Vec<u8>> = (0..signature.len()).step_by(2).map(digits).collect();
    crypto::verify(algorithm, &public_key, &message, &signature.ok_or("the signature is not hexadecimal")?)
}

pub fn log(context: &Context, level: String, message: String) -> Result<()> {
    match level.as_str() {
        "debug" => context.log_debug(&message),
        "info" => context.log_info(&message),
        "warning" => context.log_warning(&message),
        "error" => context.log_error(&message),
        other => return Err(format!("no level {other}").into()),
    }
    Ok(())
}

pub fn abort(context: &Context, message: String) -> Result<()> {
    context.abort(&message)
}
