//! A call in the making.

use bytes::Bytes;
use runtime::Invocation;

use crate::{Arguments, Client, Executed, TestChannel};

/// A call of a chaincode. Nothing happens before [`Self::submit`] or [`Self::evaluate`].
#[must_use = "it is executed by submit() or evaluate()"]
pub struct Transaction {
    channel: TestChannel,
    chaincode: String,
    invocation: Invocation,
}

impl Transaction {
    pub(crate) fn new(channel: TestChannel, chaincode: &str, function: &str, args: &impl Arguments) -> Self {
        let args = std::iter::once(function.as_bytes().to_vec()).chain(args.list());
        let invocation = Invocation { args: args.map(Bytes::from).collect(), ..Invocation::default() };
        Self { channel, chaincode: chaincode.to_owned(), invocation }.client(&Client::with_certificate("Org1MSP", ""))
    }

    /// Who makes it. Without one it is somebody of `Org1MSP` without a certificate.
    pub fn client(mut self, client: &Client) -> Self {
        self.invocation.creator = client.creator();
        self.invocation.creator_msp_id = client.msp_id.clone();
        self.invocation.creator_certificate = client.certificate.clone();
        self
    }

    /// Adds transient data: for the endorsers only.
    pub fn transient(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.invocation.transient.insert(name.to_owned(), Bytes::copy_from_slice(value.as_ref()));
        self
    }

    /// The client's time: seconds since 1970 and nanoseconds. Without one it is a second after the last transaction's.
    pub fn timestamp(mut self, seconds: i64, nanoseconds: u32) -> Self {
        self.invocation.timestamp = (seconds, nanoseconds);
        self
    }

    /// The transaction's identifier. Without one it is `tx1`, `tx2` and so on.
    pub fn tx_id(mut self, tx_id: &str) -> Self {
        self.invocation.tx_id = tx_id.to_owned();
        self
    }

    /// Makes it one that initialises the chaincode.
    pub fn init(mut self) -> Self {
        self.invocation.is_init = true;
        self
    }

    /// Executes it and commits what it wrote if it succeeds.
    pub fn submit(self) -> Executed {
        self.channel.execute(self.chaincode, self.invocation, true)
    }

    /// Executes it and commits nothing.
    pub fn evaluate(self) -> Executed {
        self.channel.execute(self.chaincode, self.invocation, false)
    }
}
