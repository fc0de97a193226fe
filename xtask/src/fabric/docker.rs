//! As much of Docker's API as the suite's own harness asks for: that images are there, and networks to put containers in.
//! No container ever runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use tiny_http::{Header, Method, Response, Server};

/// Requests of the harness are a few hundred bytes.
const BODY_BYTES_MAX: u64 = 1 << 20;

/// The API on a socket, until it is dropped.
pub struct Daemon {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    address: String,
}

impl Daemon {
    /// Serves on a Unix socket, which is made anew.
    pub fn start(socket: &Path) -> Result<Daemon> {
        if socket.exists() {
            std::fs::remove_file(socket).with_context(|| format!("removing {}", socket.display()))?;
        }
        let server = Server::http_unix(socket).map_err(|error| anyhow!(error));
        let server = Arc::new(server.with_context(|| format!("listening on {}", socket.display()))?);
        let serving = server.clone();
        let thread = std::thread::spawn(move || serve(&serving));
        Ok(Daemon { server, thread: Some(thread), address: format!("unix://{}", socket.display()) })
    }

    /// What the harness takes as `DOCKER_HOST`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(server: &Server) {
    let mut networks = Networks::default();
    for mut request in server.incoming_requests() {
        let mut body = String::new();
        let read = std::io::Read::take(request.as_reader(), BODY_BYTES_MAX);
        let (status, answer) = match std::io::Read::read_to_string(&mut { read }, &mut body) {
            Ok(_) => networks.answer(request.method(), request.url(), &body),
            Err(error) => (400, json!({ "message": error.to_string() })),
        };
        let text = if answer.is_null() { String::new() } else { answer.to_string() };
        let mut response = Response::from_string(text).with_status_code(status);
        for (name, value) in [("Content-Type", "application/json"), ("Api-Version", "1.50"), ("Ostype", "linux")] {
            response.add_header(Header::from_bytes(name, value).expect("plain ASCII is a header"));
        }
        // A harness that went away needs no answer.
        request.respond(response).ok();
    }
}

/// Names by identifier.
#[derive(Default)]
struct Networks {
    names: BTreeMap<String, String>,
    made: u64,
}

impl Networks {
    fn answer(&mut self, method: &Method, url: &str, body: &str) -> (u16, Value) {
        let path = url.split('?').next().unwrap_or(url);
        let path = match path.strip_prefix("/v") {
            Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
            None => path.trim_start_matches('/'),
        };
        match (method, path.split('/').collect::<Vec<_>>().as_slice()) {
            (_, ["_ping"]) => (200, json!("OK")),
            (Method::Get, ["version"]) => {
                (200, json!({ "ApiVersion": "1.50", "MinAPIVersion": "1.24", "Version": "28" }))
            }
            (Method::Get, ["images", "json"]) => (200, images(url)),
            (Method::Get, ["containers", "json"]) => (200, json!([])),
            (Method::Post, ["networks", "create"]) => self.create(body),
            (Method::Get, ["networks"]) => {
                (200, self.names.iter().map(|(id, name)| json!({ "Name": name, "Id": id })).collect())
            }
            (Method::Get, ["networks", wanted]) => match self.find(wanted) {
                Some((id, name)) => (200, json!({ "Name": name, "Id": id, "Driver": "bridge" })),
                None => (404, json!({ "message": format!("network {wanted} not found") })),
            },
            (Method::Delete, ["networks", wanted]) => match self.find(wanted) {
                Some((id, _)) => {
                    self.names.remove(&id);
                    (204, Value::Null)
                }
                None => (404, json!({ "message": format!("network {wanted} not found") })),
            },
            (method, _) => (404, json!({ "message": format!("{method} {path} is not there: no container runs here") })),
        }
    }

    fn create(&mut self, body: &str) -> (u16, Value) {
        let request: Value = serde_json::from_str(body).unwrap_or_default();
        let Some(name) = request["Name"].as_str() else { return (400, json!({ "message": "a network needs a Name" })) };
        self.made += 1;
        let id = format!("network{}", self.made);
        self.names.insert(id.clone(), name.to_owned());
        (201, json!({ "Id": id, "Warning": "" }))
    }

    fn find(&self, wanted: &str) -> Option<(String, String)> {
        let found = self.names.iter().find(|(id, name)| *id == wanted || *name == wanted);
        found.map(|(id, name)| (id.clone(), name.clone()))
    }
}

/// The image that is asked for, or none: the harness only looks whether those that it needs are there.
fn images(url: &str) -> Value {
    let asked = url.split_once("reference").map_or("", |(_, rest)| rest);
    match asked.contains("%22%3A") || asked.contains("\":") {
        true => json!([{ "Id": "sha256:0", "RepoTags": [], "Created": 1, "Size": 1 }]),
        false => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_come_and_go() {
        let mut networks = Networks::default();
        let mut ask = |method: Method, url: &str, body: &str| networks.answer(&method, url, body);
        assert_eq!(ask(Method::Post, "/v1.50/networks/create", r#"{"Name":"n"}"#).0, 201);
        assert_eq!(ask(Method::Get, "/v1.50/networks/n", "").1["Id"], "network1");
        assert_eq!(ask(Method::Delete, "/networks/network1", "").0, 204);
        assert_eq!(ask(Method::Get, "/v1.50/networks/n", "").0, 404);
        assert_eq!(ask(Method::Post, "/networks/create", "nothing").0, 400);
        assert_eq!(ask(Method::Post, "/v1.50/containers/create", "{}").0, 404);
    }

    #[test]
    fn images_that_are_asked_for_are_there() {
        let filtered =
            "/v1.50/images/json?filters=%7B%22reference%22%3A%7B%22hyperledger%2Ffabric-ccenv%22%3Atrue%7D%7D";
        let mut networks = Networks::default();
        assert_eq!(networks.answer(&Method::Get, filtered, "").1.as_array().map(Vec::len), Some(1));
        assert_eq!(networks.answer(&Method::Get, "/v1.50/images/json", "").1.as_array().map(Vec::len), Some(0));
        assert_eq!(networks.answer(&Method::Get, "/_ping", "").0, 200);
    }
}
