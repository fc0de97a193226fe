//! `fabric:chaincode/transaction`.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use bytes::Bytes;
use host_api::limits::{EVENT_NAME_BYTES_MAX, EVENT_PAYLOAD_BYTES_MAX};

use super::bindings::fabric::chaincode::transaction::{Host, Timestamp};
use super::{CallState, told};
use crate::text;

impl Host for CallState {
    fn tx_id(&mut self) -> wasmtime::Result<String> {
        self.answer(|invocation| invocation.tx_id.clone())
    }

    fn channel_id(&mut self) -> wasmtime::Result<String> {
        self.answer(|invocation| invocation.channel_id.clone())
    }

    fn tx_timestamp(&mut self) -> wasmtime::Result<Timestamp> {
        self.enter(0)?;
        let (seconds, nanoseconds) = self.context.invocation().timestamp;
        Ok(Timestamp { seconds, nanoseconds })
    }

    fn args(&mut self) -> wasmtime::Result<Vec<Vec<u8>>> {
        self.enter(0)?;
        let mut args: Vec<Vec<u8>> = self.context.invocation().args.iter().map(|arg| arg.to_vec()).collect();
        if let Some(function) = args.first_mut() {
            function.drain(..self.contract_name_bytes);
        }
        self.count(args.iter().map(Vec::len).sum())?;
        Ok(args)
    }

    fn transient(&mut self) -> wasmtime::Result<Vec<(String, Vec<u8>)>> {
        self.fields(|invocation| &invocation.transient)
    }

    fn creator(&mut self) -> wasmtime::Result<Vec<u8>> {
        self.answer(|invocation| invocation.creator.to_vec())
    }

    fn creator_msp_id(&mut self) -> wasmtime::Result<String> {
        self.answer(|invocation| invocation.creator_msp_id.clone())
    }

    fn creator_certificate(&mut self) -> wasmtime::Result<Vec<u8>> {
        self.answer(|invocation| invocation.creator_certificate.to_vec())
    }

    fn signed_proposal(&mut self) -> wasmtime::Result<Vec<u8>> {
        self.answer(|invocation| invocation.signed_proposal.to_vec())
    }

    fn binding(&mut self) -> wasmtime::Result<Vec<u8>> {
        // The epoch of a proposal that gets here is zero.
        const EPOCH: [u8; 8] = [0; 8];
        self.answer(|invocation| {
            let mut hash = digest::Context::new(&digest::SHA256);
            for part in [&invocation.nonce[..], &invocation.creator, &EPOCH] {
                hash.update(part);
            }
            hash.finish().as_ref().to_vec()
        })
    }

    fn decorations(&mut self) -> wasmtime::Result<Vec<(String, Vec<u8>)>> {
        self.fields(|invocation| &invocation.decorations)
    }

    fn set_event(&mut self, name: String, payload: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.enter(name.len() + payload.len())?;
        if name.is_empty() {
            // Fabric's text.
            return Ok(Err("event name can not be empty string".into()));
        }
        for (what, size, max) in [
            ("event name", name.len(), EVENT_NAME_BYTES_MAX),
            ("event payload", payload.len(), EVENT_PAYLOAD_BYTES_MAX),
        ] {
            if size > max {
                return Ok(Err(text::too_large(what, size, max)));
            }
        }
        Ok(told(self.context.set_event(&name, Bytes::from(payload)))?)
    }
}

impl CallState {
    fn fields(
        &mut self,
        read: impl FnOnce(&crate::Invocation) -> &BTreeMap<String, Bytes>,
    ) -> wasmtime::Result<Vec<(String, Vec<u8>)>> {
        self.enter(0)?;
        let fields = read(self.context.invocation()).iter();
        let fields: Vec<_> = fields.map(|(name, value)| (name.clone(), value.to_vec())).collect();
        self.count(fields.iter().map(|(name, value)| name.len() + value.len()).sum())?;
        Ok(fields)
    }

    fn answer<T: AsRef<[u8]>>(&mut self, read: impl FnOnce(&crate::Invocation) -> T) -> wasmtime::Result<T> {
        self.enter(0)?;
        let answer = read(self.context.invocation());
        self.count(answer.as_ref().len())?;
        Ok(answer)
    }
}
