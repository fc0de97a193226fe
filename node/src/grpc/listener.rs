//! Listening sockets.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

/// Connections the kernel holds until they are accepted.
const BACKLOG: u32 = 1024;

/// Idle time before the kernel checks that the other machine is still there. HTTP/2's own check comes only after hours.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// Why a node cannot listen where it was told to.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address names no machine or port.
    #[error("cannot resolve the listen address {address}; set {setting} to host:port")]
    Resolve {
        /// The address as configured.
        address: String,
        /// What the operator changes.
        setting: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// The socket cannot be opened there.
    #[error("cannot listen on {address}: {remedy}")]
    Listen {
        /// The address as configured.
        address: String,
        /// What the operator can do about it.
        remedy: String,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
}

/// Opens a listening socket at `address` (`host:port`; an empty host is every interface, port 0 is any free port).
pub(crate) async fn bind(address: &str, setting: &str) -> Result<TcpListener, BindError> {
    let wanted = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.to_owned() };
    let resolve = |source| BindError::Resolve { address: address.to_owned(), setting: setting.to_owned(), source };
    let socket_address = lookup_host(&wanted)
        .await
        .map_err(resolve)?
        .min_by_key(SocketAddr::is_ipv6)
        .ok_or_else(|| resolve(io::Error::from(io::ErrorKind::NotFound)))?;
    listen(socket_address).map_err(|source| BindError::Listen {
        address: address.to_owned(),
        remedy: remedy(&source, setting),
        source,
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted node must get its port back although old connections still linger in the kernel.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn remedy(error: &io::Error, setting: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("the port is in use; stop the process that has it, or set {setting} to another port")
        }
        io::ErrorKind::PermissionDenied => format!("this user may not open the port; set {setting} to a higher one"),
        io::ErrorKind::AddrNotAvailable => format!("this machine does not have the address; set {setting}"),
        _ => format!("check {setting}"),
    }
}

/// Settings of every accepted connection. Failing to set them costs speed, not correctness.
pub(crate) fn tune(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(TCP_KEEPALIVE).with_interval(TCP_KEEPALIVE);
    let tuned = stream.set_nodelay(true).and_then(|()| SockRef::from(stream).set_tcp_keepalive(&keepalive));
    if let Err(error) = tuned {
        tracing::debug!(%error, "cannot tune a connection");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bind_errors_name_the_address_and_the_remedy() {
        let taken = bind("127.0.0.1:0", "peer.listenAddress").await.expect("a free port");
        let address = taken.local_addr().expect("bound").to_string();
        let error = bind(&address, "peer.listenAddress").await.expect_err("the port is taken").to_string();
        assert_eq!(
            error,
            format!(
                "cannot listen on {address}: the port is in use; stop the process that has it, or set \
                 peer.listenAddress to another port"
            )
        );
        let error = bind("nowhere", "peer.listenAddress").await.expect_err("no port").to_string();
        assert_eq!(error, "cannot resolve the listen address nowhere; set peer.listenAddress to host:port");
        bind(":0", "peer.listenAddress").await.expect("every interface");
    }
}
