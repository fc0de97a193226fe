//! `fabric:chaincode/chaincodes`.

use bytes::Bytes;
use host_api::limits::{ARGUMENTS_BYTES_MAX, CHAINCODE_NAME_BYTES_MAX, CHANNEL_NAME_BYTES_MAX};

use super::bindings::fabric::chaincode::chaincodes::{Host, Response};
use super::ledger::{Told, allowed, check_size};
use super::{CallState, told};

impl Host for CallState {
    fn invoke_chaincode(&mut self, name: String, args: Vec<Vec<u8>>, channel: String) -> Told<Response> {
        let size = args.iter().map(Vec::len).sum::<usize>();
        self.enter(name.len() + size + channel.len())?;
        for (what, size, max) in [
            ("chaincode name", name.len(), CHAINCODE_NAME_BYTES_MAX),
            ("channel name", channel.len(), CHANNEL_NAME_BYTES_MAX),
            ("set of arguments", size, ARGUMENTS_BYTES_MAX),
        ] {
            allowed!(check_size(what, size, max));
        }
        let args = args.into_iter().map(Bytes::from).collect();
        let response = allowed!(told(self.context.invoke_chaincode(&name, &channel, args, self.deadline))?);
        self.count(response.message.len() + response.payload.len())?;
        Ok(Ok(Response { status: response.status, message: response.message, payload: response.payload.into() }))
    }
}
