//! The endpoint for operators (Fabric `core/operations`): health, metrics, the log's specification, the version.

mod health;
mod settings;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::json;

pub use health::{Check, Health};
pub use settings::{OperationsKeys, OperationsSettings, SettingsError};

use crate::grpc::BindError;
use crate::http::{Answer, Handler, HttpServer, Sender, empty, json, text, with_type};
use crate::logging::Log;
use crate::metrics::{Description, Provider, Registry};
use crate::shutdown::Stop;
use crate::version;

/// What the endpoint shows.
pub struct OperationsOptions {
    /// Whose specification is shown and changed.
    pub log: Log,
    /// The metrics.
    pub registry: Registry,
    /// Who gets the metrics: the endpoint has them for Prometheus alone.
    pub provider: Provider,
    /// What is asked for the node's health.
    pub health: Health,
}

/// An endpoint that listens and does not serve yet.
pub struct Operations {
    server: HttpServer,
    /// Clients must show a certificate for what is not for everybody.
    tls: bool,
}

impl Operations {
    /// Opens the socket; `None` where the settings name no address.
    pub async fn bind(settings: &OperationsSettings) -> Result<Option<Self>, BindError> {
        let Some(options) = settings.http.clone() else { return Ok(None) };
        let tls = options.tls.is_some();
        Ok(Some(Operations { server: HttpServer::bind(options).await?, tls }))
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.server.address()
    }

    /// Serves until `stop`.
    pub async fn serve(self, options: OperationsOptions, stop: Stop) {
        let tls = self.tls;
        let options = Arc::new(options);
        let handler: Handler = Arc::new(move |request, sender| {
            let options = options.clone();
            Box::pin(async move { options.answer(&request, tls, sender).await })
        });
        self.server.serve(handler, stop).await;
    }
}

/// Tells the version as a metric, under Fabric's name.
pub fn report_version(registry: &Registry) {
    let description =
        Description { name: "fabric_version", help: "The active version of Fabric.", labels: &["version"] };
    registry.gauge(description).set(&[version::NUMBER], 1.0);
}

impl OperationsOptions {
    async fn answer(&self, request: &Request<Bytes>, tls: bool, sender: Sender) -> Answer {
        let for_operators = || {
            let allowed = !tls || sender.verified;
            if !allowed {
                tracing::warn!(
                    target: "middleware", url = %request.uri(), method = %request.method(),
                    "Client request not authorized, client must pass a valid client certificate for this operation"
                );
            }
            allowed
        };
        match request.uri().path() {
            "/healthz" => self.health(request.method()).await,
            "/version" => version_of_node(request.method()),
            "/logspec" if for_operators() => self.log_spec(request),
            "/metrics" if self.provider == Provider::Prometheus => match for_operators() {
                true => with_type(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", self.registry.text()),
                false => empty(StatusCode::UNAUTHORIZED),
            },
            "/logspec" => empty(StatusCode::UNAUTHORIZED),
            _ => text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }

    async fn health(&self, method: &Method) -> Answer {
        if method != Method::GET {
            return empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let (status, body) = self.health.report().await;
        json(status, &body)
    }

    fn log_spec(&self, request: &Request<Bytes>) -> Answer {
        match *request.method() {
            Method::GET => json(StatusCode::OK, &json!({ "spec": self.log.spec() })),
            Method::PUT => match requested_spec(request.body()).and_then(|spec| {
                self.log.activate(&spec).map_err(|error| error.to_string())?;
                tracing::info!(target: "flogging.httpadmin", "the log's specification is now {}", self.log.spec());
                Ok(())
            }) {
                Ok(()) => empty(StatusCode::NO_CONTENT),
                Err(error) => json(StatusCode::BAD_REQUEST, &json!({ "error": error })),
            },
            ref method => {
                let error = format!("invalid request method: {method}");
                json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
            }
        }
    }
}

/// The specification in a request's body. One that is left out is the default, as in Fabric.
fn requested_spec(body: &[u8]) -> Result<String, String> {
    #[derive(serde::Deserialize)]
    struct Requested {
        #[serde(default)]
        spec: String,
    }
    if body.is_empty() {
        return Err("EOF".to_owned());
    }
    serde_json::from_slice(body).map(|requested: Requested| requested.spec).map_err(|error| error.to_string())
}

fn version_of_node(method: &Method) -> Answer {
    if method != Method::GET {
        let error = format!("invalid request method: {method}");
        return json(StatusCode::BAD_REQUEST, &json!({ "Error": error }));
    }
    json(StatusCode::OK, &json!({ "CommitSHA": version::COMMIT, "Version": version::NUMBER }))
}
