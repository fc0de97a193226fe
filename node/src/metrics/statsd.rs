//! Reports to a StatsD server.

use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::sync::Arc;

use prometheus::core::Collector;
use prometheus::proto::{Metric, MetricFamily};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{MissedTickBehavior, interval};

use super::registry::{Description, Inner, Registry};
use super::settings::StatsdSettings;
use crate::shutdown::Stop;

/// Bytes of one datagram: what goes through an Ethernet without being split.
const DATAGRAM_MAX: usize = 1432;

/// Why there are no reports.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach the StatsD server at {address}")]
pub struct StatsdError {
    address: String,
    #[source]
    source: io::Error,
}

impl Registry {
    /// Reports until `stop`, and once more then. Fails if the server cannot be reached at the start; later failures are
    /// logged, and what was counted meanwhile goes into the next report.
    pub async fn report_to(self, settings: StatsdSettings, stop: Stop) -> Result<(), StatsdError> {
        let Some(inner) = self.inner().cloned() else { return Ok(()) };
        let failed = |source| StatsdError { address: settings.address.clone(), source };
        let mut connection = Connection::open(&settings).await.map_err(failed)?;
        let mut reporter = Reporter::new(inner, &settings.prefix);
        tokio::spawn(async move {
            let mut ticks = interval(settings.write_interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.tick().await;
            while !stop.is_triggered() {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = stop.triggered() => {}
                }
                let lines = reporter.lines();
                if let Err(error) = connection.send(&settings, &lines).await {
                    tracing::warn!(target: "operations.runner", address = settings.address, %error, "cannot report metrics");
                }
            }
        });
        Ok(())
    }
}

enum Connection {
    Udp(UdpSocket),
    /// None after a failure, until the next report.
    Tcp(Option<TcpStream>),
}

impl Connection {
    async fn open(settings: &StatsdSettings) -> io::Result<Connection> {
        if settings.tcp {
            return TcpStream::connect(&settings.address).await.map(|stream| Connection::Tcp(Some(stream)));
        }
        let server = tokio::net::lookup_host(&settings.address).await?.next();
        let server = server.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let own = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(own).await?;
        socket.connect(server).await?;
        Ok(Connection::Udp(socket))
    }

    async fn send(&mut self, settings: &StatsdSettings, lines: &[String]) -> io::Result<()> {
        match self {
            Connection::Udp(socket) => {
                for datagram in datagrams(lines) {
                    socket.send(datagram.as_bytes()).await?;
                }
                Ok(())
            }
            Connection::Tcp(open) => {
                let mut stream = match open.take() {
                    Some(stream) => stream,
                    None => TcpStream::connect(&settings.address).await?,
                };
                stream.write_all(lines.concat().as_bytes()).await?;
                *open = Some(stream);
                Ok(())
            }
        }
    }
}

/// Whole lines, as many as fit.
fn datagrams(lines: &[String]) -> Vec<String> {
    let mut datagrams: Vec<String> = Vec::new();
    for line in lines {
        match datagrams.last_mut().filter(|last| last.len() + line.len() <= DATAGRAM_MAX) {
            Some(last) => last.push_str(line),
            None => datagrams.push(line.clone()),
        }
    }
    datagrams
}

/// Makes reports: of counters what they rose by, of gauges their values, of measurements each.
struct Reporter {
    inner: Arc<Inner>,
    prefix: String,
    reported: HashMap<String, f64>,
}

impl Reporter {
    fn new(inner: Arc<Inner>, prefix: &str) -> Self {
        let dot = if prefix.is_empty() || prefix.ends_with('.') { "" } else { "." };
        Reporter { inner, prefix: format!("{prefix}{dot}"), reported: HashMap::new() }
    }

    fn lines(&mut self) -> Vec<String> {
        self.inner.update();
        let mut lines = Vec::new();
        let mut line = |name: &str, value: f64, kind: &str| {
            let mut line = String::with_capacity(name.len() + 24);
            // Writing to a string cannot fail.
            let _ = writeln!(line, "{}{name}:{value:.6}|{kind}", self.prefix);
            lines.push(line);
        };
        for (description, counter) in &*self.inner.counters.lock() {
            for (name, metric) in named(description, counter) {
                let total = metric.get_counter().get_value();
                let before = self.reported.insert(name.clone(), total).unwrap_or_default();
                if total > before {
                    line(&name, total - before, "c");
                }
            }
        }
        for (description, gauge) in &*self.inner.gauges.lock() {
            for (name, metric) in named(description, gauge) {
                line(&name, metric.get_gauge().get_value(), "g");
            }
        }
        if let Some(samples) = &self.inner.samples {
            for (name, seconds) in std::mem::take(&mut *samples.lock()) {
                line(&name, seconds, "ms");
            }
        }
        lines
    }
}

/// The metrics of a family with the names that the server knows.
fn named(description: &Description, family: &impl Collector) -> Vec<(String, Metric)> {
    let metrics = family.collect().into_iter().flat_map(|family: MetricFamily| family.get_metric().to_vec());
    metrics.map(|metric| (description.statsd_name(&values(description, &metric)), metric)).collect()
}

/// Label values in the order of the description; the metric has them in the order of their names.
fn values(description: &Description, metric: &Metric) -> Vec<String> {
    let value = |label: &&str| {
        let pair = metric.get_label().iter().find(|pair| pair.name() == *label);
        pair.map(|pair| pair.value().to_owned()).unwrap_or_default()
    };
    description.labels.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{DEFAULT_BUCKETS, Provider};
    use super::*;

    fn settings(address: String, tcp: bool) -> StatsdSettings {
        StatsdSettings { tcp, address, write_interval: Duration::from_millis(100), prefix: "org1".to_owned() }
    }

    #[test]
    fn lines_say_what_is_new() {
        let settings = settings("127.0.0.1:1".to_owned(), false);
        let registry = Registry::new(&Provider::Statsd(settings));
        let requests = registry.counter(Description {
            name: "grpc.server.requests",
            help: "Requests.",
            labels: &["service", "method", "code"],
        });
        let times = registry
            .histogram(Description { name: "ledger.time", help: "Time.", labels: &["channel"] }, DEFAULT_BUCKETS);
        let height = registry.gauge(Description { name: "ledger.height", help: "Height.", labels: &["channel"] });
        let mut reporter = Reporter::new(registry.inner().expect("enabled").clone(), "org1");
        requests.add(&["protos_Endorser", "ProcessProposal", "OK"], 3);
        times.observe(&["ch"], Duration::from_millis(1500));
        height.set(&["ch"], 7.0);
        assert_eq!(
            reporter.lines(),
            [
                "org1.grpc.server.requests.protos_Endorser.ProcessProposal.OK:3.000000|c\n",
                "org1.ledger.height.ch:7.000000|g\n",
                "org1.ledger.time.ch:1.500000|ms\n",
            ]
        );
        requests.add(&["protos_Endorser", "ProcessProposal", "OK"], 1);
        let again = reporter.lines();
        assert_eq!(again[0], "org1.grpc.server.requests.protos_Endorser.ProcessProposal.OK:1.000000|c\n");
        assert_eq!(again.len(), 2);
    }

    #[test]
    fn datagrams_hold_whole_lines() {
        let line = format!("{}\n", "x".repeat(999));
        let datagrams = datagrams(&[line.clone(), "short\n".to_owned(), line.clone()]);
        assert_eq!(datagrams, [format!("{line}short\n"), line]);
        assert!(super::datagrams(&[]).is_empty());
    }

    #[tokio::test]
    async fn a_server_gets_reports_over_udp_and_tcp() {
        use tokio::io::AsyncReadExt;
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stop = Stop::new();
        for (address, is_tcp) in [(udp.local_addr(), false), (tcp.local_addr(), true)] {
            let settings = settings(address.expect("bound").to_string(), is_tcp);
            let registry = Registry::new(&Provider::Statsd(settings.clone()));
            registry.counter(Description { name: "a.b", help: "A.", labels: &[] }).add(&[], 1);
            registry.report_to(settings, stop.clone()).await.expect("reachable");
        }
        let mut buffer = [0; 100];
        let length = udp.recv(&mut buffer).await.expect("received");
        assert_eq!(&buffer[..length], b"org1.a.b:1.000000|c\n");
        let (mut stream, _) = tcp.accept().await.expect("connected");
        let length = stream.read(&mut buffer).await.expect("received");
        assert_eq!(&buffer[..length], b"org1.a.b:1.000000|c\n");
        stop.trigger();
        let gone = settings("127.0.0.1:1".to_owned(), true);
        let registry = Registry::new(&Provider::Statsd(gone.clone()));
        let error = registry.report_to(gone, stop).await.expect_err("nobody is there").to_string();
        assert_eq!(error, "cannot reach the StatsD server at 127.0.0.1:1");
    }
}
