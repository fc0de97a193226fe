//! Whether the node can do its work.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time that all checks have together.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Asks one part of the node; the error says what is wrong with it. May take its time, but must not hang.
pub type Check = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// The checks of a node, each with the name of the part that it asks.
#[derive(Clone, Default)]
pub struct Health {
    checks: Vec<(&'static str, Check)>,
}

impl Health {
    /// Adds a check.
    pub fn with(mut self, component: &'static str, check: Check) -> Self {
        self.checks.push((component, check));
        self
    }

    /// Runs the checks, and puts the outcome in the words of Fabric.
    pub(super) async fn report(&self) -> (StatusCode, Value) {
        let checks = self.checks.clone();
        let run = tokio::task::spawn_blocking(move || {
            let failed = |(component, check): (&'static str, Check)| {
                check().err().map(|reason| json!({ "component": component, "reason": reason }))
            };
            checks.into_iter().filter_map(failed).collect::<Vec<Value>>()
        });
        // Formatting fails for years beyond 9999 only.
        let time = || OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        match tokio::time::timeout(TIMEOUT, run).await {
            Ok(Ok(failed)) if failed.is_empty() => (StatusCode::OK, json!({ "status": "OK", "time": time() })),
            Ok(Ok(failed)) => {
                let status = json!({ "status": "Service Unavailable", "time": time(), "failed_checks": failed });
                (StatusCode::SERVICE_UNAVAILABLE, status)
            }
            Ok(Err(_)) => (StatusCode::INTERNAL_SERVER_ERROR, json!({ "status": "a check failed to run" })),
            Err(_) => (StatusCode::REQUEST_TIMEOUT, json!({ "status": "the checks took too long" })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_check_makes_the_node_unavailable() {
        let health = Health::default().with("disk", Arc::new(|| Ok(())));
        let (status, body) = health.report().await;
        assert_eq!((status, &body["status"]), (StatusCode::OK, &"OK".into()));
        assert!(body["time"].as_str().is_some_and(|time| time.ends_with('Z')));
        let health = health.with("committer", Arc::new(|| Err("halted".to_owned())));
        let (status, body) = health.report().await;
        assert_eq!((status, &body["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"Service Unavailable".into()));
        assert_eq!(body["failed_checks"], json!([{ "component": "committer", "reason": "halted" }]));
    }
}
