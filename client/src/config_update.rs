//! Updates of a channel's configuration: what `configtxlator` makes of two configurations, signed by those who must.

use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use prost::Message;
use proto::common::{ChannelHeader, ConfigSignature, ConfigUpdateEnvelope, Envelope, HeaderType, Payload};

use crate::blocks::signed_envelope;

/// Bytes are no configuration update that can be signed. The texts are Fabric's.
#[derive(Debug, thiserror::Error)]
pub enum ConfigUpdateError {
    /// The bytes are no envelope.
    #[error("error unmarshalling Envelope")]
    Envelope(#[source] prost::DecodeError),
    /// The envelope holds something else, or an update for another channel.
    #[error("Invalid channel create transaction : {0}")]
    Invalid(String),
    /// The client's key, which lies outside of the process, does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A configuration update that somebody has signed.
#[derive(Clone, Debug)]
pub struct SignedUpdate {
    /// The channel it is for.
    pub channel_id: String,
    /// What the next one signs, or the orderer takes.
    pub envelope: Envelope,
}

/// Adds the signature of `identity` to a configuration update, and puts it into an envelope of that identity's own. The
/// update must be for `channel_id`, where that is given.
pub fn sign(
    identity: &SigningIdentity,
    update: &[u8],
    channel_id: Option<&str>,
) -> Result<SignedUpdate, ConfigUpdateError> {
    let refuse = |text: &str| ConfigUpdateError::Invalid(text.to_owned());
    let envelope = Envelope::decode(update).map_err(ConfigUpdateError::Envelope)?;
    let payload = Payload::decode(envelope.payload).map_err(|_| refuse("bad payload"))?;
    let header = payload.header.map(|header| header.channel_header).filter(|header| !header.is_empty());
    let header = ChannelHeader::decode(header.ok_or_else(|| refuse("bad header"))?);
    let header = header.map_err(|_| refuse("could not unmarshall channel header"))?;
    if header.r#type != HeaderType::ConfigUpdate as i32 {
        return Err(refuse("bad type"));
    }
    if header.channel_id.is_empty() {
        return Err(refuse("empty channel id"));
    }
    if let Some(expected) = channel_id.filter(|expected| *expected != header.channel_id) {
        return Err(refuse(&format!("mismatched channel ID {} != {expected}", header.channel_id)));
    }
    let mut signed = ConfigUpdateEnvelope::decode(payload.data).map_err(|_| refuse("Bad config update env"))?;
    let signature_header = Bytes::from(identity.new_signature_header().encode_to_vec());
    let signature = identity.sign(&[&signature_header[..], &signed.config_update].concat())?;
    signed.signatures.push(ConfigSignature { signature_header, signature });
    let (kind, data) = (HeaderType::ConfigUpdate, signed.encode_to_vec().into());
    let envelope = signed_envelope(identity, kind, &header.channel_id, &Bytes::new(), data)?;
    Ok(SignedUpdate { channel_id: header.channel_id, envelope })
}

#[cfg(test)]
mod tests {
    use super::*;
    use msp::Role;
    use msp::generate::{CertificateAuthority, EnrollmentRequest};
    use proto::common::Header;

    fn identity() -> SigningIdentity {
        let ca = CertificateAuthority::new("ca.org1.example.com", "org1.example.com").expect("an authority");
        let common_name = "Admin@org1.example.com".to_owned();
        let request = EnrollmentRequest { common_name, role: Role::Admin, sans: vec![], tls: false };
        let pair = ca.issue(&request).expect("a certificate");
        SigningIdentity::from_pem("Org1MSP", &pair.cert_pem, &pair.key_pem).expect("an identity")
    }

    fn update(kind: HeaderType, channel_id: &str, data: Bytes) -> Vec<u8> {
        let header = ChannelHeader { r#type: kind as i32, channel_id: channel_id.into(), ..Default::default() };
        let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
        let payload = Payload { header: Some(header), data }.encode_to_vec().into();
        Envelope { payload, ..Default::default() }.encode_to_vec()
    }

    #[test]
    fn signatures_are_added_one_by_one() {
        let identity = identity();
        let unsigned = ConfigUpdateEnvelope { config_update: Bytes::from_static(b"update"), ..Default::default() };
        let unsigned = update(HeaderType::ConfigUpdate, "mychannel", unsigned.encode_to_vec().into());
        let first = sign(&identity, &unsigned, None).expect("signed");
        let second = sign(&identity, &first.envelope.encode_to_vec(), Some("mychannel")).expect("signed");
        assert_eq!(second.channel_id, "mychannel");
        assert!(!second.envelope.signature.is_empty());
        let payload = Payload::decode(second.envelope.payload).expect("a payload");
        let signed = ConfigUpdateEnvelope::decode(payload.data).expect("an update");
        assert_eq!(signed.config_update, "update");
        assert_eq!(signed.signatures.len(), 2);
        assert_ne!(signed.signatures[0], signed.signatures[1]);
    }

    #[test]
    fn what_is_no_update_is_refused_in_fabrics_words() {
        let identity = identity();
        let cases = [
            (Vec::new(), "bad header"),
            (update(HeaderType::Config, "mychannel", Bytes::new()), "bad type"),
            (update(HeaderType::ConfigUpdate, "", Bytes::new()), "empty channel id"),
            (update(HeaderType::ConfigUpdate, "other", Bytes::new()), "mismatched channel ID other != mychannel"),
            (update(HeaderType::ConfigUpdate, "mychannel", Bytes::from_static(b"\xff")), "Bad config update env"),
        ];
        for (bytes, expected) in cases {
            let error = sign(&identity, &bytes, Some("mychannel")).expect_err(expected).to_string();
            assert_eq!(error, format!("Invalid channel create transaction : {expected}"));
        }
        let error = sign(&identity, b"\xff", None).expect_err("no envelope").to_string();
        assert_eq!(error, "error unmarshalling Envelope");
    }
}
