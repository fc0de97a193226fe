//! Paths, and the forms that answers have.

use bytes::Bytes;
use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, HeaderName, HeaderValue, LOCATION};
use node::http::{Answer, with_type};
use serde::Serialize;

use super::{BASE, CHANNELS};

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The interface itself.
    Base,
    /// All channels.
    Channels,
    /// One channel.
    Channel(String),
    /// A block of a channel.
    Block(String, String),
}

impl Route {
    pub(super) fn of(path: &str) -> Option<Route> {
        if path == BASE {
            return Some(Route::Base);
        }
        let rest = path.strip_prefix(CHANNELS)?;
        let parts: Vec<&str> = rest.split('/').collect();
        match parts[..] {
            [""] => Some(Route::Channels),
            ["", channel] if !channel.is_empty() => Some(Route::Channel(channel.to_owned())),
            ["", channel, "blocks", block] if !channel.is_empty() && !block.is_empty() => {
                Some(Route::Block(channel.to_owned(), block.to_owned()))
            }
            _ => None,
        }
    }

    /// What may be done with it.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Route::Base | Route::Block(..) => "GET",
            Route::Channel(_) => "GET, DELETE",
            Route::Channels => "GET, POST, PUT",
        }
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
}

fn json(status: StatusCode, content: &impl Serialize) -> Answer {
    // These structures have nothing that JSON cannot express.
    let mut body = serde_json::to_vec(content).unwrap_or_default();
    body.push(b'\n');
    with_type(status, "application/json", body)
}

fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

pub(super) fn ok(content: &impl Serialize) -> Answer {
    with(json(StatusCode::OK, content), CACHE_CONTROL, "no-store")
}

pub(super) fn created(location: &str, content: &impl Serialize) -> Answer {
    with(json(StatusCode::CREATED, content), LOCATION, location)
}

pub(super) fn error(status: StatusCode, error: &str) -> Answer {
    json(status, &Failure { error })
}

/// The method is not one of `methods`.
pub(super) fn allowed(methods: &str, reason: &str) -> Answer {
    with(error(StatusCode::METHOD_NOT_ALLOWED, reason), ALLOW, methods)
}

/// It is elsewhere.
pub(super) fn found(location: &str) -> Answer {
    let body = format!("<a href=\"{location}\">Found</a>.\n\n");
    with(with_type(StatusCode::FOUND, "text/html; charset=utf-8", body), LOCATION, location)
}

pub(super) fn block(block: Bytes) -> Answer {
    with(with_type(StatusCode::OK, "application/octet-stream", block), CACHE_CONTROL, "no-store")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        let channel = |id: &str| Some(Route::Channel(id.to_owned()));
        for (path, expected) in [
            ("/participation/v1/", Some(Route::Base)),
            ("/participation/v1", None),
            ("/participation/v1/channels", Some(Route::Channels)),
            ("/participation/v1/channels/", None),
            ("/participation/v1/channels/a", channel("a")),
            ("/participation/v1/channelsa", None),
            ("/participation/v1/channels/a/blocks/1", Some(Route::Block("a".to_owned(), "1".to_owned()))),
            ("/participation/v1/channels/a/blocks/", None),
            ("/participation/v1/channels/a/b", None),
        ] {
            assert_eq!(Route::of(path), expected, "{path}");
        }
    }
}
