//! What the process uses. Fabric's dashboards ask for it under the names of Go's runtime; where that has a counterpart
//! here, it has the name.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Metric, MetricFamily, MetricType, Summary};
use rustix::param::{clock_ticks_per_second, page_size};

use super::registry::{Description, Registry};
use crate::open_files;

/// Numbers that the kernel keeps about a process.
#[derive(Debug, Default, PartialEq)]
struct Kernel {
    cpu_seconds: f64,
    threads: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
    open_files: f64,
}

const fn figure(name: &'static str, help: &'static str) -> Description {
    Description { name, help, labels: &[] }
}

/// Has the figures reported with a registry.
pub(super) fn register(registry: &Registry) {
    let gauge = |name, help| registry.gauge(figure(name, help));
    let cpu = registry.counter(figure("process_cpu_seconds_total", "User and system CPU time in seconds."));
    let open = gauge("process_open_fds", "Number of open file descriptors.");
    let most = gauge("process_max_fds", "Maximum number of open file descriptors.");
    let virtual_memory = gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
    let resident = gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
    let threads = gauge("go_threads", "Number of operating system threads.");
    let created = gauge("go.threads_created", "Number of operating system threads.");
    let tasks = [
        gauge("go_goroutines", "Number of asynchronous tasks that currently exist."),
        gauge("go.goroutine_count", "Number of asynchronous tasks that currently exist."),
    ];
    // There is no garbage collector, and dashboards and tests ask for its figures: none ran, nothing paused.
    let collections = [
        gauge("go.mem.gc_completed_count", "Garbage collections, of which this runtime has none."),
        gauge("go.mem.gc_pause_total_ns", "Time in garbage collections, of which this runtime has none."),
    ];
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge("process_start_time_seconds", "Start time of the process since the epoch in seconds.")
        .set(&[], started.as_secs_f64());
    if let Some(inner) = registry.inner() {
        inner.register_collector(GarbageCollections::new());
    }
    let runtime = tokio::runtime::Handle::try_current().ok();
    registry.before_reports(move || {
        let kernel = Kernel::read();
        cpu.bring_to(&[], kernel.cpu_seconds);
        open.set(&[], kernel.open_files);
        most.set(&[], open_files::current_limit() as f64);
        virtual_memory.set(&[], kernel.virtual_bytes);
        resident.set(&[], kernel.resident_bytes);
        threads.set(&[], kernel.threads);
        created.set(&[], kernel.threads);
        let count = runtime.as_ref().map_or(0, |runtime| runtime.metrics().num_alive_tasks());
        tasks.iter().for_each(|gauge| gauge.set(&[], count as f64));
        collections.iter().for_each(|gauge| gauge.set(&[], 0.0));
    });
}

impl Kernel {
    /// Zero where the kernel does not tell.
    fn read() -> Kernel {
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let open_files = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Kernel { open_files: open_files as f64, ..Kernel::parse(&stat).unwrap_or_default() }
    }

    fn parse(stat: &str) -> Option<Kernel> {
        // The second field is the program's name, which may hold spaces and brackets.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // The first of them is field 3 of proc(5).
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        Some(Kernel {
            cpu_seconds: (field(14)? + field(15)?) / clock_ticks_per_second() as f64,
            threads: field(20)?,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)? * page_size() as f64,
            open_files: 0.0,
        })
    }
}

/// `go_gc_duration_seconds`: a summary of no garbage collections.
struct GarbageCollections(Desc);

impl GarbageCollections {
    const NAME: &str = "go_gc_duration_seconds";
    const HELP: &str = "Pauses of garbage collections, of which this runtime has none.";

    fn new() -> Self {
        let desc = Desc::new(Self::NAME.to_owned(), Self::HELP.to_owned(), Vec::new(), Default::default());
        GarbageCollections(desc.expect("the name is well-formed"))
    }
}

impl Collector for GarbageCollections {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.0]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut metric = Metric::default();
        metric.set_summary(Summary::default());
        let mut family = MetricFamily::default();
        family.set_name(Self::NAME.to_owned());
        family.set_help(Self::HELP.to_owned());
        family.set_field_type(MetricType::SUMMARY);
        family.set_metric(vec![metric]);
        vec![family]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Provider;
    use super::*;

    #[test]
    fn the_kernels_numbers() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 12 0 100 4096000 25 18446744073709551615 1";
        let kernel = Kernel::parse(stat).expect("complete");
        assert_eq!(kernel.cpu_seconds, 200.0 / clock_ticks_per_second() as f64);
        assert_eq!((kernel.threads, kernel.virtual_bytes), (12.0, 4_096_000.0));
        assert_eq!(kernel.resident_bytes, 25.0 * page_size() as f64);
        assert_eq!(Kernel::parse("7 (a) S 1"), None);
        assert!(Kernel::read().threads >= 1.0);
    }

    #[test]
    fn names_of_gos_runtime() {
        let registry = Registry::new(&Provider::Prometheus);
        registry.report_process();
        let text = registry.text();
        for expected in [
            "# TYPE go_gc_duration_seconds summary\ngo_gc_duration_seconds_sum 0\ngo_gc_duration_seconds_count 0\n",
            "# TYPE go_goroutines gauge\n",
            "# TYPE process_cpu_seconds_total counter\n",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }
}
