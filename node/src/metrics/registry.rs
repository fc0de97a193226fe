//! Families of metrics, told apart by the values of their labels.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use prometheus::core::Collector;
use prometheus::{CounterVec, GaugeVec, HistogramOpts, HistogramVec, Opts, TextEncoder};

use super::settings::Provider;

/// Combinations of label values that one family takes. Some values come from clients, such as names of chaincodes;
/// what exceeds this is counted under [`OVERFLOW`].
const SERIES_MAX: usize = 5_000;

/// Stands for label values of a family that has as many as it takes.
const OVERFLOW: &str = "other";

/// Measurements kept between two reports to a StatsD server; more are dropped.
const SAMPLES_MAX: usize = 100_000;

/// What a family of metrics is.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Fabric's name in StatsD's form, such as `grpc.server.unary_requests_received`. In Prometheus' form the dots are
    /// underscores.
    pub name: &'static str,
    /// One line that says what is counted.
    pub help: &'static str,
    /// The labels. StatsD's names end in their values in this order.
    pub labels: &'static [&'static str],
}

impl Description {
    fn options(&self) -> Opts {
        Opts::new(self.name.replace('.', "_"), self.help)
    }

    /// The name that a StatsD server gets for these values.
    pub(super) fn statsd_name(&self, values: &[impl AsRef<str>]) -> String {
        let mut name = self.name.to_owned();
        for value in values {
            name.push('.');
            // Characters with a meaning in the protocol cannot be part of a name.
            name.extend(value.as_ref().chars().map(|letter| match letter {
                '.' | '|' | ':' => '_',
                letter if letter.is_whitespace() => '_',
                letter => letter,
            }));
        }
        name
    }
}

/// Where metrics are made. Clones share one state.
#[derive(Clone, Default)]
pub struct Registry {
    inner: Option<Arc<Inner>>,
}

pub(super) struct Inner {
    prometheus: prometheus::Registry,
    pub(super) counters: Mutex<Vec<(Description, CounterVec)>>,
    pub(super) gauges: Mutex<Vec<(Description, GaugeVec)>>,
    /// Measurements for a StatsD server, which gets each of them.
    pub(super) samples: Option<Mutex<Vec<(String, f64)>>>,
    sources: Mutex<Vec<Source>>,
}

/// Updates metrics whose values are known elsewhere.
type Source = Box<dyn Fn() + Send + Sync>;

impl Registry {
    /// A registry whose metrics do nothing.
    pub fn disabled() -> Registry {
        Registry { inner: None }
    }

    /// A registry for a provider.
    pub fn new(provider: &Provider) -> Registry {
        let samples = match provider {
            Provider::Disabled => return Registry::disabled(),
            Provider::Prometheus => None,
            Provider::Statsd(_) => Some(Mutex::default()),
        };
        Registry {
            inner: Some(Arc::new(Inner {
                prometheus: prometheus::Registry::new(),
                counters: Mutex::default(),
                gauges: Mutex::default(),
                samples,
                sources: Mutex::default(),
            })),
        }
    }

    /// Whether anything is counted at all.
    pub fn is_enabled(&self) -> bool {
        self.inner.is_some()
    }

    /// A family of numbers that only rise. A name is for one family of a registry.
    pub fn counter(&self, description: Description) -> Counter {
        Counter(self.inner.as_ref().map(|inner| {
            let vec = CounterVec::new(description.options(), description.labels).expect(WELL_FORMED);
            inner.register(&vec);
            inner.counters.lock().push((description, vec.clone()));
            Family::new(description, vec)
        }))
    }

    /// A family of numbers that rise and fall.
    pub fn gauge(&self, description: Description) -> Gauge {
        Gauge(self.inner.as_ref().map(|inner| {
            let vec = GaugeVec::new(description.options(), description.labels).expect(WELL_FORMED);
            inner.register(&vec);
            inner.gauges.lock().push((description, vec.clone()));
            Family::new(description, vec)
        }))
    }

    /// A family of measurements in seconds, with the upper bounds of their buckets.
    pub fn histogram(&self, description: Description, buckets: &[f64]) -> Histogram {
        Histogram(self.inner.as_ref().map(|inner| {
            let options = HistogramOpts::from(description.options()).buckets(buckets.to_vec());
            let vec = HistogramVec::new(options, description.labels).expect(WELL_FORMED);
            inner.register(&vec);
            (Family::new(description, vec), inner.clone())
        }))
    }

    /// Has `update` run before each report, to set metrics whose values are known elsewhere.
    pub fn before_reports(&self, update: impl Fn() + Send + Sync + 'static) {
        if let Some(inner) = &self.inner {
            inner.sources.lock().push(Box::new(update));
        }
    }

    /// Everything in Prometheus' text format; nothing of a disabled registry.
    pub fn text(&self) -> String {
        let Some(inner) = &self.inner else { return String::new() };
        inner.update();
        let families = inner.prometheus.gather();
        // Fails for families without metrics only, which are not gathered.
        TextEncoder::new().encode_to_string(&families).unwrap_or_default()
    }

    /// Reports what the process uses, under the names of Fabric's runtime.
    pub fn report_process(&self) {
        if self.is_enabled() {
            super::process::register(self);
        }
    }

    pub(super) fn inner(&self) -> Option<&Arc<Inner>> {
        self.inner.as_ref()
    }
}

const WELL_FORMED: &str = "names and labels are written here, with letters and underscores";

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Registry").field("enabled", &self.is_enabled()).finish()
    }
}

impl Inner {
    fn register(&self, vec: &(impl Collector + Clone + 'static)) {
        self.prometheus.register(Box::new(vec.clone())).expect("each name is registered once");
    }

    pub(super) fn register_collector(&self, collector: impl Collector + 'static) {
        self.prometheus.register(Box::new(collector)).expect("each name is registered once");
    }

    pub(super) fn update(&self) {
        for source in &*self.sources.lock() {
            source();
        }
    }
}

/// A family, with the combinations of label values that it has.
struct Family<V> {
    description: Description,
    vec: V,
    known: RwLock<HashSet<Vec<String>>>,
}

impl<V> Family<V> {
    fn new(description: Description, vec: V) -> Arc<Self> {
        Arc::new(Family { description, vec, known: RwLock::default() })
    }

    /// Calls `use_values` with the values, or with those that stand for what exceeds the limit.
    fn with_room<R>(&self, values: &[&str], use_values: impl FnOnce(&V, &[&str]) -> R) -> R {
        debug_assert_eq!(values.len(), self.description.labels.len(), "{}", self.description.name);
        if values.is_empty() || self.has(values) || self.admit(values) {
            return use_values(&self.vec, values);
        }
        use_values(&self.vec, &vec![OVERFLOW; values.len()])
    }

    fn has(&self, values: &[&str]) -> bool {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        self.known.read().contains(&values)
    }

    fn admit(&self, values: &[&str]) -> bool {
        let mut known = self.known.write();
        if known.len() >= SERIES_MAX {
            return false;
        }
        known.insert(values.iter().map(|value| (*value).to_owned()).collect());
        true
    }
}

/// A family of numbers that only rise.
#[derive(Clone, Default)]
pub struct Counter(Option<Arc<Family<CounterVec>>>);

impl Counter {
    /// Adds to the one with these label values.
    pub fn add(&self, values: &[&str], count: u64) {
        if let Some(family) = &self.0 {
            family.with_room(values, |vec, values| vec.with_label_values(values).inc_by(count as f64));
        }
    }

    /// Brings the one with these label values to a total that is counted elsewhere; it never falls.
    pub fn bring_to(&self, values: &[&str], total: f64) {
        if let Some(family) = &self.0 {
            family.with_room(values, |vec, values| {
                let counter = vec.with_label_values(values);
                counter.inc_by((total - counter.get()).max(0.0));
            });
        }
    }
}

/// A family of numbers that rise and fall.
#[derive(Clone, Default)]
pub struct Gauge(Option<Arc<Family<GaugeVec>>>);

impl Gauge {
    /// Sets the one with these label values.
    pub fn set(&self, values: &[&str], value: f64) {
        if let Some(family) = &self.0 {
            family.with_room(values, |vec, values| vec.with_label_values(values).set(value));
        }
    }
}

/// A family of measurements.
#[derive(Clone, Default)]
pub struct Histogram(Option<(Arc<Family<HistogramVec>>, Arc<Inner>)>);

impl Histogram {
    /// Whether measurements go anywhere; if not, they need not be made.
    pub fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Takes a measurement for these label values.
    pub fn observe(&self, values: &[&str], duration: std::time::Duration) {
        let Some((family, inner)) = &self.0 else { return };
        let seconds = duration.as_secs_f64();
        let Some(samples) = &inner.samples else {
            return family.with_room(values, |vec, values| vec.with_label_values(values).observe(seconds));
        };
        let mut samples = samples.lock();
        if samples.len() < SAMPLES_MAX {
            samples.push((family.description.statsd_name(values), seconds));
        }
    }
}

macro_rules! opaque {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_tuple(stringify!($name)).field(&self.0.is_some()).finish()
            }
        }
    )*};
}
opaque!(Counter, Gauge, Histogram);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const REQUESTS: Description =
        Description { name: "grpc.server.requests", help: "Requests.", labels: &["service", "method", "code"] };

    #[test]
    fn text_has_fabrics_names_and_sorted_labels() {
        let registry = Registry::new(&Provider::Prometheus);
        let requests = registry.counter(REQUESTS);
        requests.add(&["protos_Endorser", "ProcessProposal", "OK"], 2);
        let opened = registry.counter(Description { name: "grpc.comm.conn_opened", help: "Connections.", labels: &[] });
        opened.add(&[], 1);
        let times = registry.histogram(
            Description { name: "ledger.commit_time", help: "Time.", labels: &["channel"] },
            super::super::COMMIT_BUCKETS,
        );
        times.observe(&["mychannel"], Duration::from_millis(12));
        let text = registry.text();
        for expected in [
            "# HELP grpc_server_requests Requests.\n# TYPE grpc_server_requests counter\n",
            "grpc_server_requests{code=\"OK\",method=\"ProcessProposal\",service=\"protos_Endorser\"} 2\n",
            "# TYPE grpc_comm_conn_opened counter\ngrpc_comm_conn_opened 1\n",
            "# TYPE ledger_commit_time histogram\n",
            "ledger_commit_time_bucket{channel=\"mychannel\",le=\"0.01\"} 0\n",
            "ledger_commit_time_bucket{channel=\"mychannel\",le=\"0.015\"} 1\n",
            "ledger_commit_time_count{channel=\"mychannel\"} 1\n",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn a_disabled_registry_counts_nothing() {
        let registry = Registry::disabled();
        let requests = registry.counter(REQUESTS);
        requests.add(&["a", "b", "c"], 1);
        registry.gauge(REQUESTS).set(&["a", "b", "c"], 1.0);
        let times = registry.histogram(REQUESTS, super::super::DEFAULT_BUCKETS);
        times.observe(&["a", "b", "c"], Duration::ZERO);
        assert!(!times.is_enabled());
        assert_eq!(registry.text(), "");
    }

    #[test]
    fn label_values_are_bounded() {
        let registry = Registry::new(&Provider::Prometheus);
        let requests = registry.counter(Description { name: "many", help: "Many.", labels: &["name"] });
        for number in 0..SERIES_MAX + 10 {
            requests.add(&[&number.to_string()], 1);
        }
        requests.add(&["0"], 1);
        let text = registry.text();
        assert_eq!(text.lines().filter(|line| line.starts_with("many{")).count(), SERIES_MAX + 1);
        assert!(text.contains("many{name=\"other\"} 10\n"));
        assert!(text.contains("many{name=\"0\"} 2\n"));
    }

    #[test]
    fn values_cannot_break_a_statsd_name() {
        assert_eq!(REQUESTS.statsd_name(&["a.b", "c|d:e", "f g"]), "grpc.server.requests.a_b.c_d_e.f_g");
    }
}
