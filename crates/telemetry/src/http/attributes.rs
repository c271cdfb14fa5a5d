//! The names of attributes, and the values that both sides build in the same way.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/>.

use http::{Method, StatusCode, Version};
use opentelemetry::KeyValue;

use super::options::HttpOptions;

pub(crate) const CLIENT_ADDRESS: &str = "client.address";
pub(crate) const ERROR_TYPE: &str = "error.type";
pub(crate) const HTTP_REQUEST_HEADER: &str = "http.request.header";
pub(crate) const HTTP_RESPONSE_HEADER: &str = "http.response.header";
pub(crate) const HTTP_ROUTE: &str = "http.route";
pub(crate) const NETWORK_PEER_ADDRESS: &str = "network.peer.address";
pub(crate) const NETWORK_PEER_PORT: &str = "network.peer.port";
pub(crate) const SERVER_ADDRESS: &str = "server.address";
pub(crate) const SERVER_PORT: &str = "server.port";
pub(crate) const URL_FULL: &str = "url.full";
pub(crate) const URL_PATH: &str = "url.path";
pub(crate) const URL_QUERY: &str = "url.query";
pub(crate) const URL_SCHEME: &str = "url.scheme";
pub(crate) const USER_AGENT_ORIGINAL: &str = "user_agent.original";

const HTTP_REQUEST_METHOD: &str = "http.request.method";
const HTTP_REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";
const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";

/// Stands for a method that is not known.
const OTHER: &str = "_OTHER";

/// The first word of the span's name, which is `HTTP` for a method that is not known.
pub(crate) fn method_in_name<'a>(method: &'a Method, options: &HttpOptions) -> &'a str {
    if options.is_known(method) {
        method.as_str()
    } else {
        "HTTP"
    }
}

pub(crate) fn push_method(attributes: &mut Vec<KeyValue>, method: &Method, options: &HttpOptions) {
    let original = method.as_str().to_owned();
    if options.is_known(method) {
        attributes.push(KeyValue::new(HTTP_REQUEST_METHOD, original));
    } else {
        attributes.push(KeyValue::new(HTTP_REQUEST_METHOD, OTHER));
        attributes.push(KeyValue::new(HTTP_REQUEST_METHOD_ORIGINAL, original));
    }
}

pub(crate) fn status_code(status: StatusCode) -> KeyValue {
    KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(status.as_u16()))
}

/// The type of an error that is an answer: its status, as text.
pub(crate) fn error_of_status(status: StatusCode) -> KeyValue {
    KeyValue::new(ERROR_TYPE, status.as_str().to_owned())
}

pub(crate) fn protocol_version(version: Version) -> Option<KeyValue> {
    let number = match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_11 => "1.1",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => return None,
    };
    Some(KeyValue::new(NETWORK_PROTOCOL_VERSION, number))
}
