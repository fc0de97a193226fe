//! A proposal, parsed once. [`ParsedProposal`] has all its parts; [`CheckedProposal`] also has an author who is known,
//! not expired, and signed it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use msp::{Identity, IdentityError, MspSet};
use prost::Message;
use proto::Digest;
use proto::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use proto::msp::SerializedIdentity;
use proto::protos::{
    ChaincodeHeaderExtension, ChaincodeInvocationSpec, ChaincodeProposalPayload, Proposal, SignedProposal,
};

use super::EndorseError;
use crate::text;

/// Which of Fabric's authentication filters a proposal passes (`peer.handlers.authFilters`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthFilters {
    /// Refuse creators whose certificate has expired (`ExpirationCheck`).
    pub expiration: bool,
    /// Refuse proposals whose timestamp is farther than this from the peer's clock (`TimeWindowCheck`,
    /// `peer.authentication.timewindow`); `None` leaves the check out.
    pub time_window: Option<Duration>,
}

/// Characters of a wrong transaction id that an error shows; right ones have 64.
const TX_ID_SHOWN_MAX: usize = 80;

/// Fabric's default for `peer.authentication.timewindow`.
pub const DEFAULT_TIME_WINDOW: Duration = Duration::from_secs(15 * 60);

impl Default for AuthFilters {
    fn default() -> Self {
        AuthFilters { expiration: true, time_window: Some(DEFAULT_TIME_WINDOW) }
    }
}

/// All parts of a proposal. Nothing is verified yet.
#[derive(Debug)]
pub struct ParsedProposal {
    signed: SignedProposal,
    channel_header: ChannelHeader,
    signature_header: SignatureHeader,
    chaincode: String,
    args: Vec<Bytes>,
    is_init: bool,
    transient: BTreeMap<String, Bytes>,
    hash: Digest,
}

fn decode<M: Message + Default>(bytes: &Bytes, name: &str) -> Result<M, EndorseError> {
    M::decode(bytes.clone()).map_err(|error| EndorseError::Refused(format!("error unmarshaling {name}: {error}")))
}

impl ParsedProposal {
    /// Takes a proposal apart. Every part that the later phases need must be there.
    pub fn parse(signed: SignedProposal) -> Result<ParsedProposal, EndorseError> {
        let refused = |text: &str| Err(EndorseError::Refused(text.to_owned()));
        let proposal: Proposal = decode(&signed.proposal_bytes, "Proposal")?;
        let header: Header = decode(&proposal.header, "Header")?;
        let channel_header: ChannelHeader = decode(&header.channel_header, "ChannelHeader")?;
        let signature_header: SignatureHeader = decode(&header.signature_header, "SignatureHeader")?;
        let extension: ChaincodeHeaderExtension = decode(&channel_header.extension, "ChaincodeHeaderExtension")?;
        let Some(chaincode_id) = extension.chaincode_id else {
            return refused("ChaincodeHeaderExtension.ChaincodeId is nil");
        };
        if chaincode_id.name.is_empty() {
            return refused("ChaincodeHeaderExtension.ChaincodeId.Name is empty");
        }
        let payload: ChaincodeProposalPayload = decode(&proposal.payload, "ChaincodeProposalPayload")?;
        let spec: ChaincodeInvocationSpec = decode(&payload.input, "ChaincodeInvocationSpec")?;
        let Some(spec) = spec.chaincode_spec else {
            return refused("chaincode invocation spec did not contain chaincode spec");
        };
        let Some(input) = spec.input else {
            return refused("chaincode input did not contain any input");
        };
        let hash = proto::transaction::proposal_hash(&header.channel_header, &header.signature_header, &payload.input);
        Ok(ParsedProposal {
            signed,
            channel_header,
            signature_header,
            chaincode: chaincode_id.name,
            args: input.args,
            is_init: input.is_init,
            transient: payload.transient_map,
            hash,
        })
    }

    /// The channel, empty for requests to the peer itself.
    pub fn channel_id(&self) -> &str {
        &self.channel_header.channel_id
    }

    /// The invoked chaincode.
    pub fn chaincode(&self) -> &str {
        &self.chaincode
    }

    /// The transaction id the client claims.
    pub fn tx_id(&self) -> &str {
        &self.channel_header.tx_id
    }

    /// Refuses a timestamp outside the window around `now`. A missing one counts as the epoch, as in Fabric.
    pub fn check_time(&self, filters: AuthFilters, now: SystemTime) -> Result<(), EndorseError> {
        let Some(window) = filters.time_window else { return Ok(()) };
        let timestamp = self.channel_header.timestamp.unwrap_or_default();
        let now_seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let proposed = timestamp.seconds as f64 + f64::from(timestamp.nanos) / 1e9;
        if (proposed - now_seconds).abs() <= window.as_secs_f64() {
            return Ok(());
        }
        Err(EndorseError::Refused(format!(
            "request unauthorized due to incorrect timestamp {}, peer time {}, peer.authentication.timewindow {}",
            rfc3339(timestamp.seconds),
            rfc3339(now_seconds as i64),
            go_duration(window),
        )))
    }

    /// Checks what the headers say, who the creator is by `msps`, and the creator's signature.
    pub fn check(self, msps: &MspSet, filters: AuthFilters, now: SystemTime) -> Result<CheckedProposal, EndorseError> {
        self.check_headers()?;
        let creator_bytes = &self.signature_header.creator;
        let creator = msps.identity(creator_bytes).map_err(|error| self.access_denied(&error))?;
        if filters.expiration && creator.expires_at() < now {
            return Err(EndorseError::Refused("proposal client identity expired".to_owned()));
        }
        if let Err(error) = creator.verify(&self.signed.proposal_bytes, &self.signed.signature) {
            tracing::warn!(
                target: "endorser", channel = self.channel_id(), txID = self.short_tx_id(), mspID = creator.msp_id(),
                %error, "access denied: creator's signature over the proposal is not valid"
            );
            return Err(self.invalid(self.denied_text(creator.msp_id())));
        }
        Ok(CheckedProposal { parsed: self, creator })
    }

    fn check_headers(&self) -> Result<(), EndorseError> {
        match HeaderType::try_from(self.channel_header.r#type) {
            Ok(HeaderType::EndorserTransaction | HeaderType::Config) => {}
            Ok(other) => return Err(self.invalid(format!("invalid header type {}", other.as_str_name()))),
            Err(_) => return Err(self.invalid(format!("invalid header type {}", self.channel_header.r#type))),
        }
        if self.channel_header.epoch != 0 {
            return Err(self.invalid("epoch is non-zero".to_owned()));
        }
        if self.signature_header.nonce.is_empty() {
            return Err(self.invalid("nonce is empty".to_owned()));
        }
        if self.signature_header.creator.is_empty() {
            return Err(self.invalid("creator is empty".to_owned()));
        }
        let expected = proto::transaction::tx_id(&self.signature_header.nonce, &self.signature_header.creator);
        if self.tx_id() != expected {
            // What a stranger sent goes back cut: headers of answers are bounded, and so should the log be.
            let given: String = self.tx_id().chars().take(TX_ID_SHOWN_MAX).collect();
            let text = format!("incorrectly computed txid '{given}' -- expected '{expected}'");
            return Err(self.invalid(text));
        }
        if self.signed.signature.is_empty() {
            return Err(self.invalid("empty signature bytes".to_owned()));
        }
        Ok(())
    }

    /// What a client is told about a creator that is not accepted: nothing but the organisation it claims.
    fn access_denied(&self, error: &IdentityError) -> EndorseError {
        let cause = text::chain(error);
        tracing::warn!(
            target: "endorser", channel = self.channel_id(), txID = self.short_tx_id(), cause, "access denied"
        );
        if let IdentityError::TooLong(_)
        | IdentityError::Decode(_)
        | IdentityError::UnknownMsp(_)
        | IdentityError::Certificate(_) = error
        {
            return self.invalid(format!(
                "access denied: channel [{}] creator org unknown, creator is malformed",
                self.channel_id()
            ));
        }
        // Decodes, since an organisation was found for it.
        let creator = SerializedIdentity::decode(self.signature_header.creator.clone()).unwrap_or_default();
        self.invalid(self.denied_text(&creator.mspid))
    }

    fn denied_text(&self, msp_id: &str) -> String {
        format!("access denied: channel [{}] creator org [{msp_id}]", self.channel_id())
    }

    fn invalid(&self, text: String) -> EndorseError {
        EndorseError::Refused(format!("error validating proposal: {text}"))
    }

    fn short_tx_id(&self) -> &str {
        self.tx_id().get(..8).unwrap_or(self.tx_id())
    }
}

/// A proposal whose creator is a known member and signed it. Only [`ParsedProposal::check`] makes one.
#[derive(Debug)]
pub struct CheckedProposal {
    parsed: ParsedProposal,
    creator: Arc<Identity>,
}

impl CheckedProposal {
    /// The channel, empty for requests to the peer itself.
    pub fn channel_id(&self) -> &str {
        self.parsed.channel_id()
    }

    /// The transaction id, proved to be the hash of nonce and creator.
    pub fn tx_id(&self) -> &str {
        self.parsed.tx_id()
    }

    /// The first eight characters of the transaction id, for logs.
    pub fn short_tx_id(&self) -> &str {
        self.parsed.short_tx_id()
    }

    /// The invoked chaincode.
    pub fn chaincode(&self) -> &str {
        &self.parsed.chaincode
    }

    /// The arguments; the first names the function.
    pub fn args(&self) -> &[Bytes] {
        &self.parsed.args
    }

    /// The call is to initialise the chaincode.
    pub fn is_init(&self) -> bool {
        self.parsed.is_init
    }

    /// Input that is never recorded.
    pub fn transient(&self) -> &BTreeMap<String, Bytes> {
        &self.parsed.transient
    }

    /// The client's time: seconds and nanoseconds since the epoch.
    pub fn timestamp(&self) -> (i64, u32) {
        let timestamp = self.parsed.channel_header.timestamp.unwrap_or_default();
        (timestamp.seconds, u32::try_from(timestamp.nanos).unwrap_or(0))
    }

    /// Who signed.
    pub fn creator(&self) -> &Arc<Identity> {
        &self.creator
    }

    /// The creator's serialized identity, as it stands in the proposal.
    pub fn creator_bytes(&self) -> &Bytes {
        &self.parsed.signature_header.creator
    }

    /// What makes the proposal unique among the creator's.
    pub fn nonce(&self) -> &Bytes {
        &self.parsed.signature_header.nonce
    }

    /// The proposal as it was signed.
    pub fn signed(&self) -> &SignedProposal {
        &self.parsed.signed
    }

    /// The hash that the endorsement binds to.
    pub fn hash(&self) -> &Digest {
        &self.parsed.hash
    }
}

fn rfc3339(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}

/// A duration as Go prints it: `15m0s`, `1h0m0s`, `30s`.
fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}
