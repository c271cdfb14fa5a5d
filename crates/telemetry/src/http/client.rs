//! The client's side: a span for every call, and its context in the call's headers.

#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use reqwest::{IntoUrl, Request, Response};
use serde::Serialize;
use url::Url;

use super::attributes::{self, method_in_name};
use super::options::{HttpOptions, REDACTED, Side};
use crate::propagation::HeaderInjector;
use crate::tracer;

/// A [`reqwest::Client`] that records a span for every call and sends its context along, so that
/// the service that is called continues the trace.
///
/// ```
/// # async fn call() -> reqwest::Result<()> {
/// let http = clew_telemetry::Client::new(reqwest::Client::new());
/// let band = http.get("http://localhost:8000/bands/1").send().await?.text().await?;
/// # Ok(())
/// # }
/// ```
///
/// The span ends with the head of the answer, or with the error `cancelled` if the caller stops
/// waiting for it. Where the client follows a redirect, one span stands
/// for all hops.
///
/// Headers named in `OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS` and
/// `…_RESPONSE_HEADERS` become attributes.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    options: Arc<HttpOptions>,
}

/// A request in the making, as [`reqwest::RequestBuilder`].
#[derive(Debug)]
#[must_use = "a request is sent by `send`"]
pub struct RequestBuilder {
    inner: reqwest::RequestBuilder,
    client: Client,
}

impl Client {
    /// A client with the options that the environment names.
    pub fn new(inner: reqwest::Client) -> Self {
        Self {
            inner,
            options: Arc::new(HttpOptions::from_env(Side::Client)),
        }
    }

    /// Replaces the values of these query keys, too, by `REDACTED`; besides those that the semantic
    /// conventions list.
    #[must_use]
    pub fn redact_query_keys<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        Arc::make_mut(&mut self.options).redact_query_keys(keys);
        self
    }

    /// Records these headers of requests, too, as `http.request.header.<name>`.
    #[must_use]
    pub fn capture_request_headers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        Arc::make_mut(&mut self.options).capture_request_headers(names);
        self
    }

    /// Records these headers of responses, too, as `http.response.header.<name>`.
    #[must_use]
    pub fn capture_response_headers<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Arc::make_mut(&mut self.options).capture_response_headers(names);
        self
    }

    /// Starts a GET request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a POST request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Starts a request with any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        RequestBuilder {
            inner: self.inner.request(method, url),
            client: self.clone(),
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// As [`reqwest::Client::execute`].
    pub async fn execute(&self, mut request: Request) -> reqwest::Result<Response> {
        let parent = Context::current();
        let tracer = tracer();
        let span = tracer
            .span_builder(method_in_name(request.method(), &self.options).to_owned())
            .with_kind(SpanKind::Client)
            .with_attributes(request_attributes(&request, &self.options))
            .start_with_context(&tracer, &parent);
        let mut call = OpenCall::new(parent.with_span(span));
        let cx = call.cx.clone();
        global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&cx, &mut HeaderInjector(request.headers_mut()));
        });
        let sent = self.options.captured_request(request.headers());
        cx.span().set_attributes(sent);

        let result = self.inner.execute(request).with_context(cx.clone()).await;
        match &result {
            Ok(response) => self.note_response(&cx, response),
            Err(error) => note_error(&cx, error),
        }
        call.is_settled = true;
        result
    }

    fn note_response(&self, cx: &Context, response: &Response) {
        let status = response.status();
        let span = cx.span();
        span.set_attribute(attributes::status_code(status));
        span.set_attributes(attributes::protocol_version(response.version()));
        if let Some(peer) = response.remote_addr() {
            let (address, port) = (peer.ip().to_string(), i64::from(peer.port()));
            span.set_attribute(KeyValue::new(attributes::NETWORK_PEER_ADDRESS, address));
            span.set_attribute(KeyValue::new(attributes::NETWORK_PEER_PORT, port));
        }
        span.set_attributes(self.options.captured_response(response.headers()));
        // Also a client error: the call has not had the result that it was made for.
        if status.is_client_error() || status.is_server_error() {
            span.set_attribute(attributes::error_of_status(status));
            span.set_status(Status::error(""));
        }
    }
}

/// The span of a call, which ends when this is dropped.
struct OpenCall {
    cx: Context,
    /// Whether the span has what came of the call.
    is_settled: bool,
}

impl OpenCall {
    fn new(cx: Context) -> Self {
        Self {
            cx,
            is_settled: false,
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let span = self.cx.span();
        if !self.is_settled {
            // The caller has stopped waiting, as `tokio::time::timeout` does.
            span.set_attribute(KeyValue::new(attributes::ERROR_TYPE, "cancelled"));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

impl RequestBuilder {
    /// Adds a header.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.map(|request| request.header(name, value))
    }

    /// Adds headers, in place of those of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        self.map(|request| request.body(body))
    }

    /// Sets the body to JSON, and the `Content-Type` with it.
    pub fn json(self, json: &(impl Serialize + ?Sized)) -> Self {
        self.map(|request| request.json(json))
    }

    /// Limits the time from the start to the end of the answer's body.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|request| request.timeout(timeout))
    }

    /// Changes anything else about the request.
    pub fn map(
        self,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Self {
        Self {
            inner: change(self.inner),
            client: self.client,
        }
    }

    /// Sends the request.
    ///
    /// # Errors
    /// As [`reqwest::RequestBuilder::send`].
    pub async fn send(self) -> reqwest::Result<Response> {
        self.client.execute(self.inner.build()?).await
    }
}

fn request_attributes(request: &Request, options: &HttpOptions) -> Vec<KeyValue> {
    let url = request.url();
    let mut attributes = Vec::with_capacity(8);
    attributes::push_method(&mut attributes, request.method(), options);
    attributes.push(KeyValue::new(
        attributes::URL_FULL,
        redacted_url(url, options),
    ));
    if let Some(host) = url.host_str() {
        let address = host.trim_matches(['[', ']']).to_owned();
        attributes.push(KeyValue::new(attributes::SERVER_ADDRESS, address));
    }
    if let Some(port) = url.port_or_known_default() {
        let port = i64::from(port);
        attributes.push(KeyValue::new(attributes::SERVER_PORT, port));
    }
    attributes
}

/// The URL without the secrets that it may hold: credentials, and the values of some query keys.
fn redacted_url(url: &Url, options: &HttpOptions) -> String {
    let mut url = url.clone();
    // Neither can fail: a URL that holds credentials can hold others.
    if !url.username().is_empty() {
        let _ = url.set_username(REDACTED);
    }
    if url.password().is_some() {
        let _ = url.set_password(Some(REDACTED));
    }
    if let Some(query) = url.query() {
        let query = options.redacted(query);
        url.set_query(Some(&query));
    }
    url.into()
}

fn note_error(cx: &Context, error: &reqwest::Error) {
    let span = cx.span();
    span.set_attribute(KeyValue::new(attributes::ERROR_TYPE, error_type(error)));
    span.set_status(Status::error(root_cause(error)));
}

/// What went wrong, as one of few words.
fn error_type(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else if error.is_redirect() {
        "redirect"
    } else if error.is_body() {
        "body"
    } else {
        "request"
    }
}

/// The innermost cause. The outer texts show the URL, with all that it may hold.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| error_type(error).to_owned(), ToString::to_string)
}
