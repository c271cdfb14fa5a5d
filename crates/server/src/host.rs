//! Which names the backend may be called by.
//!
//! A web page may point a name of its own at 127.0.0.1 and then read what answers there, and write
//! spans, as if it were its own site (DNS rebinding). The browser tells the name in the `Host` header, so a name
//! that nobody chose is refused. An address cannot be rebound.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderValue};
use http::uri::Authority;
use http::{HeaderMap, StatusCode};

/// A name that a browser may call the backend by, as it is compared: in lower case, without port
/// and without the dot that ends a full name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

/// The text names no host.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a host name, such as clew.example; give it without http:// and wildcards")]
pub struct NotAHostName;

impl FromStr for HostName {
    type Err = NotAHostName;

    /// Reads a name or an IP address; a port may follow and is passed over, as it is in requests.
    fn from_str(text: &str) -> Result<Self, NotAHostName> {
        let authority = Authority::from_str(text).map_err(|_| NotAHostName)?;
        let host = normal(&authority);
        let is_name = |host: &str| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !host.is_empty() && host.chars().all(is_part)
        };
        if text.contains('@') || !(is_name(&host) || host.parse::<IpAddr>().is_ok()) {
            return Err(NotAHostName);
        }
        Ok(Self(host))
    }
}

/// The host as it is compared.
fn normal(authority: &Authority) -> String {
    let host = authority.host().to_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    host.trim_matches(['[', ']']).to_owned()
}

/// The names and addresses that the backend answers to.
#[derive(Debug)]
pub(crate) struct AllowedHosts {
    names: Vec<HostName>,
    addresses: Vec<IpAddr>,
}

impl AllowedHosts {
    /// `localhost`, loopback, the addresses listened on and these.
    pub(crate) fn new(listening: &[SocketAddr], names: &[HostName]) -> Self {
        Self {
            names: names.to_vec(),
            addresses: listening.iter().map(SocketAddr::ip).collect(),
        }
    }

    /// Whether a request may call the backend so; the port does not matter, since tunnels and
    /// containers change it.
    fn allow(&self, authority: &str) -> bool {
        let Ok(authority) = Authority::from_str(authority) else {
            return false;
        };
        let host = normal(&authority);
        let was_chosen = self.names.iter().any(|HostName(name)| *name == host);
        was_chosen
            || match host.parse() {
                Ok(address) => self.allow_address(address),
                Err(_) => is_loopback(&host),
            }
    }

    fn allow_address(&self, address: IpAddr) -> bool {
        address.is_loopback()
            || self
                .addresses
                .iter()
                .any(|&listening| listening == address || listening.is_unspecified())
    }
}

/// Whether the name is one of loopback: RFC 6761 says so of all below `localhost`.
fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Why a request may not call the backend so.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum WrongHost {
    /// By a name that nobody chose.
    #[error(
        "this is Clew, called by the name '{0}', which it does not know. It answers to localhost \
         and to the addresses that it listens on, so that no web page can read or write your \
         traces by pointing a name of its own at this machine. Use http://localhost instead, or \
         allow the name: clew serve --allow-host NAME"
    )]
    Unknown(String),
    /// By none.
    #[error("the request names no host")]
    Missing,
}

/// How a refusal is put to whoever sent a request with these headers.
pub(crate) type Refuse = fn(&WrongHost, &HeaderMap) -> Response;

/// Puts the check in front of every route, and headers that hold a browser to the answer's type
/// and origin behind it.
pub(crate) fn guard(router: Router, hosts: &Arc<AllowedHosts>, refuse: Refuse) -> Router {
    let state = (Arc::clone(hosts), refuse);
    router.layer(middleware::from_fn_with_state(state, check))
}

async fn check(
    State((hosts, refuse)): State<(Arc<AllowedHosts>, Refuse)>,
    request: Request,
    next: Next,
) -> Response {
    let wrong = match host(&request) {
        Some(host) if hosts.allow(host) => None,
        Some(host) => Some(WrongHost::Unknown(host.to_owned())),
        None => Some(WrongHost::Missing),
    };
    let mut response = match wrong {
        None => next.run(request).await,
        Some(wrong) => refuse(&wrong, request.headers()),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// What the request calls the backend: `:authority` in HTTP/2, `Host` in HTTP/1.1.
fn host(request: &Request) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(header::HOST)?.to_str().ok(),
    }
}

/// The refusal as a line of text, for a person.
pub(crate) fn refuse_in_text(wrong: &WrongHost, _: &HeaderMap) -> Response {
    let status = match wrong {
        WrongHost::Unknown(_) => StatusCode::FORBIDDEN,
        WrongHost::Missing => StatusCode::BAD_REQUEST,
    };
    (status, format!("{wrong}\n")).into_response()
}

#[cfg(test)]
mod tests;
