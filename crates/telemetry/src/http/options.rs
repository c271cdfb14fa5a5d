//! What is recorded of a request beyond the usual, and what is not.

#[cfg(test)]
mod tests;

use http::{HeaderMap, HeaderName, Method};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use percent_encoding::percent_decode_str;

use super::attributes;
use crate::settings::names;

/// Query keys whose values are secrets: the list of the semantic conventions.
const SECRET_QUERY_KEYS: [&str; 4] = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"];

/// What stands in place of a secret, by the semantic conventions.
pub(crate) const REDACTED: &str = "REDACTED";

/// The methods of RFC 9110, and PATCH. What is not among them is recorded as `_OTHER`, since
/// anybody can send any word as a method.
const KNOWN_METHODS: [Method; 9] = [
    Method::CONNECT,
    Method::DELETE,
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::POST,
    Method::PUT,
    Method::TRACE,
];

/// The side of a request on which it is recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Server,
    Client,
}

/// What one layer or client records.
#[derive(Debug, Clone)]
pub(crate) struct HttpOptions {
    secret_query_keys: Vec<String>,
    request_headers: Vec<HeaderName>,
    response_headers: Vec<HeaderName>,
    known_methods: Vec<Method>,
    /// Whether a server's answers name their trace.
    shows_trace: bool,
}

impl HttpOptions {
    pub(crate) fn from_env(side: Side) -> Self {
        Self::from_lookup(side, &|name| std::env::var(name).ok())
    }

    /// The variables are those of OpenTelemetry's agent for Java, which other languages follow.
    fn from_lookup(side: Side, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let (request, response) = match side {
            Side::Server => (
                "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS",
                "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS",
            ),
            Side::Client => (
                "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS",
                "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS",
            ),
        };
        let headers = |variable: &str| match lookup(variable) {
            Some(list) => header_names(names(&list)),
            None => Vec::new(),
        };
        let known_methods = lookup("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS");
        Self {
            secret_query_keys: SECRET_QUERY_KEYS.map(str::to_owned).to_vec(),
            request_headers: headers(request),
            response_headers: headers(response),
            known_methods: match known_methods {
                Some(list) => names(&list).filter_map(|name| name.parse().ok()).collect(),
                None => KNOWN_METHODS.to_vec(),
            },
            shows_trace: true,
        }
    }

    pub(crate) fn redact_query_keys<'a>(&mut self, keys: impl IntoIterator<Item = &'a str>) {
        let keys = keys.into_iter().map(str::to_owned);
        self.secret_query_keys.extend(keys);
    }

    pub(crate) fn capture_request_headers<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.request_headers.extend(header_names(names));
    }

    pub(crate) fn capture_response_headers<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) {
        self.response_headers.extend(header_names(names));
    }

    pub(crate) fn hide_trace(&mut self) {
        self.shows_trace = false;
    }

    pub(crate) fn shows_trace(&self) -> bool {
        self.shows_trace
    }

    pub(crate) fn is_known(&self, method: &Method) -> bool {
        self.known_methods.contains(method)
    }

    /// The query with the values of secret keys replaced, and all else byte for byte.
    pub(crate) fn redacted(&self, query: &str) -> String {
        let parameters: Vec<String> = query
            .split('&')
            .map(|parameter| match parameter.split_once('=') {
                Some((key, _)) if self.is_secret(key) => format!("{key}={REDACTED}"),
                _ => parameter.to_owned(),
            })
            .collect();
        parameters.join("&")
    }

    /// Who receives the query decodes its keys, so `%73ig` is `sig` to them.
    fn is_secret(&self, key: &str) -> bool {
        let mut secrets = self.secret_query_keys.iter();
        secrets.any(|secret| percent_decode_str(secret).eq(percent_decode_str(key)))
    }

    /// The headers of a request that are to be recorded.
    pub(crate) fn captured_request(&self, headers: &HeaderMap) -> impl Iterator<Item = KeyValue> {
        captured(
            attributes::HTTP_REQUEST_HEADER,
            &self.request_headers,
            headers,
        )
    }

    /// The headers of a response that are to be recorded.
    pub(crate) fn captured_response(&self, headers: &HeaderMap) -> impl Iterator<Item = KeyValue> {
        captured(
            attributes::HTTP_RESPONSE_HEADER,
            &self.response_headers,
            headers,
        )
    }
}

fn header_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<HeaderName> {
    let parsed = names.into_iter().filter_map(|name| name.parse().ok());
    parsed.collect()
}

/// One attribute for each header, with all its lines in their order.
fn captured(
    prefix: &'static str,
    names: &[HeaderName],
    headers: &HeaderMap,
) -> impl Iterator<Item = KeyValue> {
    names.iter().filter_map(move |name| {
        let lines = headers.get_all(name).iter();
        let values: Vec<StringValue> = lines
            .map(|value| {
                String::from_utf8_lossy(value.as_bytes())
                    .into_owned()
                    .into()
            })
            .collect();
        (!values.is_empty()).then(|| {
            KeyValue::new(
                format!("{prefix}.{name}"),
                Value::Array(Array::String(values)),
            )
        })
    })
}
