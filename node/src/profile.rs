//! The profiling endpoint (`peer.profile`, `General.Profile`), with the paths of Go's: where processor time and memory go.
//!
//! As in Fabric it has neither TLS nor authentication and is off unless configured: let it listen where only operators are.

mod flame_graph;
mod heap;
mod image;
mod pprof;
mod sampler;
mod stacks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use tokio::sync::Semaphore;

use crate::config::{Source, ValueError};
use crate::grpc::BindError;
use crate::http::{Answer, BODY_MAX, Handler, HttpOptions, HttpServer, text, with_type};
use crate::shutdown::Stop;

pub use flame_graph::svg as flame_graph;
pub use heap::{Heap, Mallctl};
use pprof::Kind;
use stacks::Stacks;

/// Duration of a profile of processor time where the client names none; Go's.
const DEFAULT_SECONDS: u64 = 30;

/// Longest profile of processor time.
const SECONDS_MAX: u64 = 300;

/// Functions of the allocator, which are where all allocations end.
const ALLOCATOR: &str = "(_rjem_)?(je_.*|prof_.*|malloc.*|calloc|realloc|aligned_alloc|posix_memalign)|operator new.*|_Znw.*|_Zna.*\
                         |__rust_alloc.*|__rust_realloc|__rustc::__rust_.*|alloc::alloc::.*";

const INDEX: &str = "<html><head><title>/debug/pprof/</title></head><body>\n<p>Profiles of this process, one at a time:</p>\n\
    <ul>\n<li><a href=\"profile?seconds=10\">profile</a>: processor time for so many seconds, for go tool pprof</li>\n\
    <li><a href=\"flamegraph?seconds=10\">flamegraph</a>: the same as a picture</li>\n\
    <li><a href=\"heap\">heap</a>: memory in use that was allocated since the process started, for go tool pprof</li>\n\
    </ul>\n</body></html>\n";

/// Where to listen; nothing where it is off.
#[derive(Clone, Debug, Default)]
pub struct ProfileSettings {
    http: Option<HttpOptions>,
}

impl ProfileSettings {
    /// Reads the keys; `address` is what Fabric's sample says where the address is not set.
    pub fn from_source(source: &Source, enabled: &str, listen_address: &str) -> Result<Self, ValueError> {
        if !source.flag(enabled)?.unwrap_or(false) {
            return Ok(Self::default());
        }
        let address = source.text(listen_address)?.unwrap_or_else(|| "0.0.0.0:6060".to_owned());
        let setting = format!("{listen_address} ({})", source.variable(listen_address));
        Ok(ProfileSettings { http: Some(HttpOptions { address, setting, tls: None, body_max: BODY_MAX }) })
    }
}

/// The endpoint, listening.
pub struct Profiling(HttpServer);

impl Profiling {
    /// Opens the socket where the settings ask for it.
    pub async fn bind(settings: ProfileSettings) -> Result<Option<Profiling>, BindError> {
        let Some(options) = settings.http else { return Ok(None) };
        Ok(Some(Profiling(HttpServer::bind(options).await?)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Serves until `stop`. With access to the allocator it begins to sample allocations.
    pub async fn serve(self, heap: Option<Heap>, stop: Stop) {
        if let Some(heap) = heap
            && let Err(error) = heap.activate()
        {
            tracing::warn!(%error, "allocations are not sampled");
        }
        let endpoint = Arc::new(Endpoint { heap, turn: Arc::new(Semaphore::new(1)) });
        let handler: Handler = Arc::new(move |request, _| {
            let endpoint = endpoint.clone();
            Box::pin(async move { endpoint.answer(&request).await })
        });
        self.0.serve(handler, stop).await;
    }
}

struct Endpoint {
    heap: Option<Heap>,
    /// Profiles are made one at a time.
    turn: Arc<Semaphore>,
}

/// Tells a profile that its client has gone.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Endpoint {
    async fn answer(&self, request: &Request<Bytes>) -> Answer {
        if request.method() != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is allowed\n");
        }
        let made = match request.uri().path() {
            "/debug/pprof" | "/debug/pprof/" => {
                return with_type(StatusCode::OK, "text/html; charset=utf-8", INDEX);
            }
            path @ ("/debug/pprof/profile" | "/debug/pprof/flamegraph") => {
                match seconds(request.uri().query().unwrap_or_default()) {
                    Ok(seconds) => self.processor(seconds, path.ends_with("flamegraph")).await,
                    Err(error) => return text(StatusCode::BAD_REQUEST, error),
                }
            }
            "/debug/pprof/heap" => match self.heap {
                Some(heap) => self.in_turn(move |_| heap_profile(heap)).await,
                None => return text(StatusCode::NOT_FOUND, "this process does not sample its memory\n"),
            },
            _ => return text(StatusCode::NOT_FOUND, "404 page not found\n"),
        };
        made.unwrap_or_else(|(status, error)| text(status, error))
    }

    async fn processor(&self, seconds: u64, as_picture: bool) -> Result<Answer, (StatusCode, String)> {
        self.in_turn(move |cancelled| {
            let stacks = stacks::sample(Duration::from_secs(seconds), || cancelled.load(Ordering::Acquire))?;
            if stacks.lost > 0 {
                tracing::warn!(samples = stacks.lost, "a profile lost samples");
            }
            if as_picture {
                let named = stacks.named();
                let named = named.iter().map(|(stack, nanos)| (&stack[..], nanos / 1_000_000));
                let picture = flame_graph::svg(named, &format!("processor time within {seconds} s"), "ms");
                return Ok(with_type(StatusCode::OK, "image/svg+xml", picture));
            }
            let period = i64::try_from(sampler::PERIOD.as_nanos()).unwrap_or(i64::MAX);
            let cpu = ("cpu", "nanoseconds");
            let values = [("samples", "count"), cpu];
            file(&stacks, "profile", Kind { values, period: (period, cpu), left_out: "" })
        })
        .await
    }

    /// Does the work on a thread of its own, unless a profile is being made.
    async fn in_turn(
        &self,
        work: impl FnOnce(&AtomicBool) -> std::io::Result<Answer> + Send + 'static,
    ) -> Result<Answer, (StatusCode, String)> {
        let busy = |_| (StatusCode::CONFLICT, "another profile is being made\n".to_owned());
        let turn = self.turn.clone().try_acquire_owned().map_err(busy)?;
        let cancelled = Arc::new(AtomicBool::new(false));
        let _cancel = CancelOnDrop(cancelled.clone());
        let working = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&cancelled)
        });
        let made = working.await.map_err(|_| "the profile failed\n".to_owned());
        let made = made.and_then(|made| made.map_err(|error| format!("cannot make the profile: {error}\n")));
        made.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error))
    }
}

fn heap_profile(heap: Heap) -> std::io::Result<Answer> {
    let (stacks, period) = heap.stacks()?;
    let space = ("inuse_space", "bytes");
    let period = i64::try_from(period).unwrap_or(i64::MAX);
    let (values, period) = ([("inuse_objects", "count"), space], (period, ("space", "bytes")));
    file(&stacks, "heap", Kind { values, period, left_out: ALLOCATOR })
}

fn file(stacks: &Stacks, name: &'static str, kind: Kind) -> std::io::Result<Answer> {
    let mut answer = with_type(StatusCode::OK, "application/octet-stream", pprof::encode(stacks, kind)?);
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = header::HeaderValue::from_str(&disposition) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(answer)
}

fn seconds(query: &str) -> Result<u64, String> {
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("seconds="));
    let Some(asked) = asked else { return Ok(DEFAULT_SECONDS) };
    match asked.parse() {
        Ok(seconds @ 1..=SECONDS_MAX) => Ok(seconds),
        _ => Err(format!("seconds must be 1 to {SECONDS_MAX}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_bounded() {
        for (query, expected) in [("", Some(30)), ("seconds=1", Some(1)), ("debug=1&seconds=300", Some(300))] {
            assert_eq!(seconds(query).ok(), expected, "{query}");
        }
        for query in ["seconds=0", "seconds=301", "seconds=-1", "seconds=x"] {
            assert_eq!(seconds(query).expect_err(query), "seconds must be 1 to 300\n");
        }
    }

    /// Has a name that a profile can show.
    #[inline(never)]
    fn compute_for_the_profile(until: &AtomicBool) -> u64 {
        let mut value = 1u64;
        while !until.load(Ordering::Relaxed) {
            value = std::hint::black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        value
    }

    #[test]
    fn what_computes_is_seen_with_its_callers() {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = std::thread::spawn(move || compute_for_the_profile(&seen));
        // Other tests of this process may take the processor; one of the attempts sees it.
        let stacks = stacks::sample(Duration::from_secs(60), {
            let begin = std::time::Instant::now();
            move || begin.elapsed() > Duration::from_secs(1)
        });
        stop.store(true, Ordering::Relaxed);
        thread.join().expect("it ends");
        let stacks = stacks.expect("sampled");
        let named = stacks.named();
        let ours =
            named.iter().find(|(stack, _)| stack.last().is_some_and(|name| name.contains("compute_for_the_profile")));
        let (stack, nanos) = ours.unwrap_or_else(|| panic!("not seen among {named:?}"));
        assert!(stack.len() > 3 && *nanos > 0, "{stack:?}");
        // What lies between is not always a function of its own.
        assert!(stack.iter().any(|name| name.contains("__rust_begin_short_backtrace")), "{stack:?}");
        let encoded = pprof::encode(&stacks, Kind { values: [("a", "b"); 2], period: (1, ("a", "b")), left_out: "" });
        assert_eq!(&encoded.expect("encoded")[..2], [0x1f, 0x8b]);
    }
}
