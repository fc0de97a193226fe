//! One check of the conformance list: a ledger, a call, and what must come of it.
#![allow(dead_code, reason = "each test uses some of it")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger, Record};
use runtime::{ChaincodeResponse, Contract, Invocation, LogLevel, Outcome};

/// The certificate of the client in every check.
pub const CERTIFICATE: &str = include_str!("../data/client.pem");

/// Collection, key and value (`None` for a delete).
pub type Write = (&'static str, &'static str, Option<&'static str>);

/// A check in the making and when it is run.
pub struct Check {
    pub name: String,
    state: Vec<(&'static str, &'static str, String)>,
    before: Vec<Vec<String>>,
    call: Vec<Vec<u8>>,
    is_init: bool,
    expected: Expected,
    writes: Option<Vec<Write>>,
    policy: Option<(&'static str, &'static str, &'static str)>,
    purges: Vec<(&'static str, &'static str)>,
    event: Option<(&'static str, &'static str)>,
    log: Option<(LogLevel, &'static str)>,
}

enum Expected {
    Ok(String),
    /// The message begins so.
    Error(String),
}

/// A check that calls a function with these arguments and expects an empty result.
pub fn check(name: impl Into<String>, call: &[&str]) -> Check {
    Check {
        name: name.into(),
        state: Vec::new(),
        before: Vec::new(),
        call: call.iter().map(|arg| arg.as_bytes().to_vec()).collect(),
        is_init: false,
        expected: Expected::Ok(String::new()),
        writes: None,
        policy: None,
        purges: Vec::new(),
        event: None,
        log: None,
    }
}

impl Check {
    /// The result.
    pub fn ok(mut self, result: impl Into<String>) -> Self {
        self.expected = Expected::Ok(result.into());
        self
    }

    /// The beginning of the error.
    pub fn error(mut self, message: impl Into<String>) -> Self {
        self.expected = Expected::Error(message.into());
        self
    }

    /// Committed public state: `key=value` joined by commas.
    pub fn state(self, entries: &'static str) -> Self {
        self.private_state("", entries)
    }

    /// Committed private data.
    pub fn private_state(mut self, collection: &'static str, entries: &'static str) -> Self {
        self.state.extend(entries.split(',').map(|entry| {
            let (key, value) = entry.split_once('=').expect("key=value");
            (collection, key, value.to_owned())
        }));
        self
    }

    /// A call that is committed first, in the transaction `before-N`.
    pub fn before(mut self, call: &[&str]) -> Self {
        self.before.push(call.iter().map(|arg| (*arg).to_owned()).collect());
        self
    }

    /// The call is one that initialises the chaincode.
    pub fn init(mut self) -> Self {
        self.is_init = true;
        self
    }

    /// Exactly what is written.
    pub fn writes(mut self, writes: &[Write]) -> Self {
        self.writes = Some(writes.to_vec());
        self
    }

    /// The endorsement policy that is set: collection, key, policy.
    pub fn sets_policy(mut self, collection: &'static str, key: &'static str, policy: &'static str) -> Self {
        self.policy = Some((collection, key, policy));
        self
    }

    /// What is purged.
    pub fn purges(mut self, collection: &'static str, key: &'static str) -> Self {
        self.purges.push((collection, key));
        self
    }

    /// The event that is set.
    pub fn event(mut self, name: &'static str, payload: &'static str) -> Self {
        self.event = Some((name, payload));
        self
    }

    /// The line that is logged.
    pub fn logs(mut self, level: LogLevel, line: &'static str) -> Self {
        self.log = Some((level, line));
        self
    }

    /// Runs it; the error says what is different.
    pub fn run(&self, contract: &Contract) -> Result<(), String> {
        let call = self.call(contract)?;
        self.compare_outcome(&call.outcome)?;
        self.compare_record(&call.record)
    }

    /// Everything that comes of it.
    pub fn call(&self, contract: &Contract) -> Result<Call, String> {
        let ledger = Ledger::default();
        ledger.set_chaincodes(answer);
        for (collection, key, value) in &self.state {
            ledger.put_private(collection, key, value.clone());
        }
        let time = Duration::from_secs(60);
        for (index, call) in self.before.iter().enumerate() {
            let args: Vec<Vec<u8>> = call.iter().map(|arg| arg.as_bytes().to_vec()).collect();
            let outcome = ledger.invoke(contract, invocation(&format!("before-{index}"), &args), time).outcome;
            if !matches!(outcome, Outcome::Response { status: 200, .. }) {
                return Err(format!("the call before it: {outcome:?}"));
            }
        }
        let mut invocation = invocation("tx", &self.call);
        invocation.is_init = self.is_init;
        Ok(ledger.invoke(contract, invocation, time))
    }

    fn compare_outcome(&self, outcome: &Outcome) -> Result<(), String> {
        match (&self.expected, outcome) {
            (Expected::Ok(expected), Outcome::Response { status: 200, payload, .. })
                if payload == expected.as_bytes() =>
            {
                Ok(())
            }
            (Expected::Error(expected), Outcome::Response { status: 500, message, .. })
                if message.starts_with(expected.as_str()) =>
            {
                Ok(())
            }
            (Expected::Ok(expected) | Expected::Error(expected), found) => {
                Err(format!("expected {expected:?}, found {found:?}"))
            }
        }
    }

    fn compare_record(&self, record: &Record) -> Result<(), String> {
        if let Some(writes) = &self.writes {
            let expected: BTreeMap<_, _> = writes
                .iter()
                .map(|(collection, key, value)| {
                    (((*collection).to_owned(), (*key).to_owned()), value.map(|value| Bytes::from(value.as_bytes())))
                })
                .collect();
            equal("writes", &record.writes, &expected)?;
        }
        if let Some((collection, key, policy)) = self.policy {
            let entries = BTreeMap::from([("VALIDATION_PARAMETER".to_owned(), Bytes::from(policy))]);
            let expected = BTreeMap::from([((collection.to_owned(), key.to_owned()), entries)]);
            equal("metadata", &record.metadata_writes, &expected)?;
        }
        let purges: Vec<_> =
            record.purges.iter().map(|(collection, key)| (collection.as_str(), key.as_str())).collect();
        equal("purges", &purges, &self.purges)?;
        let event = record.event.as_ref().map(|(name, payload)| (name.as_str(), &payload[..]));
        equal("event", &event, &self.event.map(|(name, payload)| (name, payload.as_bytes())))?;
        if let Some((level, line)) = self.log {
            equal("log", &record.log, &vec![(level, line.to_owned())])?;
        }
        Ok(())
    }
}

fn equal<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &U,
) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

fn invocation(tx_id: &str, args: &[Vec<u8>]) -> Invocation {
    Invocation {
        tx_id: tx_id.into(),
        channel_id: "mychannel".into(),
        timestamp: (1_700_000_000, 123),
        creator: Bytes::from_static(b"serialized identity"),
        creator_msp_id: "Org1MSP".into(),
        creator_certificate: Bytes::from_static(CERTIFICATE.as_bytes()),
        args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
        transient: BTreeMap::from([
            ("color".into(), Bytes::from_static(b"blue")),
            ("secret".into(), Bytes::from_static(b"s3cret")),
        ]),
        signed_proposal: Bytes::from_static(b"signed proposal"),
        nonce: Bytes::from_static(b"nonce"),
        decorations: BTreeMap::from([("added".into(), Bytes::from_static(b"by the peer"))]),
        is_init: false,
    }
}

/// The one other chaincode there is.
fn answer(name: &str, channel: &str, args: &[Bytes]) -> Result<ChaincodeResponse, String> {
    let texts: Vec<String> = args.iter().map(|arg| String::from_utf8_lossy(arg).into_owned()).collect();
    match (name, texts.first().map(String::as_str)) {
        ("other", Some("refuse")) => {
            Ok(ChaincodeResponse { status: 500, message: "no".to_owned(), payload: Bytes::new() })
        }
        ("other", _) => {
            let payload = Bytes::from(format!("{channel}:{}", texts.join("/")));
            Ok(ChaincodeResponse { status: 200, message: String::new(), payload })
        }
        _ => Err(format!("chaincode {name} not found")),
    }
}
