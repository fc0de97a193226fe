//! gRPC servers and connections with the settings that Fabric's nodes and clients expect of each other.

mod client;
mod client_roots;
mod connection;
mod limit;
pub(crate) mod listener;
mod metrics;
mod pings;
mod server;
mod tls;

use std::time::Duration;

pub use client::{ClientIdentity, ClientTls, ConnectError, Endpoint, connect, connect_lazy};
pub use client_roots::ClientRoots;
pub use connection::{ClientConnection, client_connection};
pub use limit::ServiceLimit;
pub use listener::BindError;
pub use metrics::{MethodKind, ServerMetrics};
pub use server::{Server, ServerOptions};
pub use tls::{ClientAuthentication, ServerTls, TlsError};

/// The largest message a Fabric service takes or gives, in bytes (`peer.maxRecvMsgSize`, `General.MaxRecvMsgSize`).
/// The owner of a service sets it on the service.
pub const MESSAGE_SIZE_MAX: usize = 100 * 1024 * 1024;

/// Sizes of messages that a service takes and gives (`peer.maxRecvMsgSize`, `peer.maxSendMsgSize`), in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageSizes {
    /// The largest that is taken.
    pub receive_max: usize,
    /// The largest that is given.
    pub send_max: usize,
}

impl Default for MessageSizes {
    fn default() -> Self {
        Self { receive_max: MESSAGE_SIZE_MAX, send_max: MESSAGE_SIZE_MAX }
    }
}

/// The shortest interval between a client's pings unless configured otherwise (`peer.keepalive.minInterval`).
pub const PING_INTERVAL_MIN: Duration = Duration::from_secs(60);

/// HTTP/2 flow-control window of one stream, in bytes. The protocol's own 64 KiB would throttle block streams.
pub const STREAM_WINDOW: u32 = 4 * 1024 * 1024;

/// HTTP/2 flow-control window of one connection, in bytes; it bounds what one client can make a node buffer.
pub const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

/// Largest HTTP/2 frame taken, in bytes.
const FRAME_SIZE_MAX: u32 = 256 * 1024;

/// How often a connection is checked, and how long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Time without traffic before a ping.
    pub interval: Duration,
    /// Time to wait for the answer before the connection is closed.
    pub timeout: Duration,
}

impl Keepalive {
    /// What servers do unless configured otherwise (`peer.keepalive.interval`).
    pub const SERVER: Self = Self { interval: Duration::from_secs(7200), timeout: Duration::from_secs(20) };
    /// What clients do unless configured otherwise (`peer.keepalive.client.interval`); servers refuse less than 60 s.
    pub const CLIENT: Self = Self { interval: Duration::from_secs(60), timeout: Duration::from_secs(20) };
}
