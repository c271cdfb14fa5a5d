//! The server's side: a span for every request.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use axum::extract::{ConnectInfo, MatchedPath};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, ContextGuard, KeyValue, global};
use tower::{Layer, Service};

use super::attributes::{self, method_in_name};
use super::body::TracedBody;
use super::forwarded::{Forwarded, without_port};
use super::options::{HttpOptions, Side};
use crate::propagation::{HeaderExtractor, traceparent};
use crate::tracer;

/// The response header that tells a person which trace the answer belongs to. It is of no standard:
/// `curl -i` shows it, and a trace is found by it.
const TRACE_ID: HeaderName = HeaderName::from_static("trace-id");

/// The response header whose metric `trace` tells programs the same, by the draft of the W3C that
/// had a header `traceresponse` before. Browsers show it to scripts.
///
/// Source: <https://w3c.github.io/trace-context/#trace-context-server-timing-metric-format>.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Records a span for every request that a router answers.
///
/// The parent is the span that the request's headers name; without one a new trace begins. While
/// the request is answered the span is current. The answer carries `trace-id` and `Server-Timing`,
/// unless [it shall not](Self::without_trace_in_answers).
///
/// ```
/// # use axum::{Router, routing::get};
/// let app: Router = Router::new()
///     .route("/bands/{id}", get(|| async { "Fugazi" }))
///     .layer(clew_telemetry::ServerLayer::new());
/// ```
///
/// Headers named in `OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS` and
/// `…_RESPONSE_HEADERS` become attributes.
#[derive(Debug, Clone)]
pub struct ServerLayer {
    options: Arc<HttpOptions>,
}

/// The service that [`ServerLayer`] makes of another one.
#[derive(Debug, Clone)]
pub struct ServerService<S> {
    inner: S,
    options: Arc<HttpOptions>,
}

impl ServerLayer {
    /// A layer with the options that the environment names.
    pub fn new() -> Self {
        Self {
            options: Arc::new(HttpOptions::from_env(Side::Server)),
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

    /// Answers without `trace-id` and `Server-Timing`. For a service whose callers are strangers:
    /// ids are random and tell nothing, but the flags tell which requests are recorded.
    #[must_use]
    pub fn without_trace_in_answers(mut self) -> Self {
        Arc::make_mut(&mut self.options).hide_trace();
        self
    }
}

impl Default for ServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService {
            inner,
            options: Arc::clone(&self.options),
        }
    }
}

impl<S, B, R> Service<Request<B>> for ServerService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<TracedBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let span = OpenSpan::start(&request, &self.options);
        let attached = span.attach();
        let inner = self.inner.call(request);
        drop(attached);
        ResponseFuture {
            inner,
            span: Some(span),
            options: Arc::clone(&self.options),
        }
    }
}

pin_project_lite::pin_project! {
    /// The answer to come, with its span.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        // None once there is an answer, whose body has it then.
        span: Option<OpenSpan>,
        options: Arc<HttpOptions>,
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<TracedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let attached = this.span.as_ref().map(OpenSpan::attach);
        let polled = this.inner.poll(task);
        drop(attached);
        let Poll::Ready(result) = polled else {
            return Poll::Pending;
        };
        let mut span = this.span.take();
        Poll::Ready(match result {
            Ok(mut response) => {
                if let Some(span) = &mut span {
                    span.answer(&mut response, this.options);
                }
                Ok(response.map(|body| TracedBody::new(body, span)))
            }
            Err(error) => {
                if let Some(span) = span {
                    span.end_with_error(std::any::type_name::<E>());
                }
                Err(error)
            }
        })
    }
}

/// The span of a request that is being answered; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    cx: Context,
    /// Whether the request has come to an answer or an error.
    is_settled: bool,
}

impl OpenSpan {
    fn start<B>(request: &Request<B>, options: &HttpOptions) -> Self {
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract(&HeaderExtractor(request.headers()))
        });
        let route = request.extensions().get::<MatchedPath>();
        let method = method_in_name(request.method(), options);
        let name = match route {
            Some(route) => format!("{method} {}", route.as_str()),
            None => method.to_owned(),
        };
        // Attributes are there from the start, for a sampler that decides by them.
        let tracer = tracer();
        let span = tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(request_attributes(request, options))
            .start_with_context(&tracer, &parent);
        Self {
            cx: parent.with_span(span),
            is_settled: false,
        }
    }

    /// Makes the span current for as long as the guard lives.
    pub(crate) fn attach(&self) -> ContextGuard {
        self.cx.clone().attach()
    }

    fn answer<R>(&mut self, response: &mut Response<R>, options: &HttpOptions) {
        let status = response.status();
        let span = self.cx.span();
        span.set_attribute(attributes::status_code(status));
        span.set_attributes(options.captured_response(response.headers()));
        // A client error is the client's: the server has done its part.
        if status.is_server_error() {
            span.set_attribute(attributes::error_of_status(status));
            span.set_status(Status::error(""));
        }
        if options.shows_trace() {
            add_headers(response.headers_mut(), &self.cx);
        }
        self.is_settled = true;
    }

    pub(crate) fn end_with_error(mut self, error_type: &'static str) {
        self.fail(error_type);
    }

    fn fail(&mut self, error_type: &'static str) {
        let span = self.cx.span();
        span.set_attribute(KeyValue::new(attributes::ERROR_TYPE, error_type));
        span.set_status(Status::error(""));
        self.is_settled = true;
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if !self.is_settled {
            // The answer was dropped before it was there.
            let panicked = std::thread::panicking();
            self.fail(if panicked { "panic" } else { "cancelled" });
        }
        self.cx.span().end();
    }
}

/// Tells the caller which span has answered; a service that records nothing has none to tell of.
fn add_headers(headers: &mut HeaderMap, cx: &Context) {
    if cx.span().span_context().is_remote() {
        return;
    }
    let Some(traceparent) = traceparent(cx) else {
        return;
    };
    if let Ok(trace_id) = HeaderValue::try_from(traceparent.trace_id().to_string()) {
        headers.insert(TRACE_ID, trace_id);
    }
    headers.append(SERVER_TIMING, traceparent.to_server_timing());
}

fn request_attributes<B>(request: &Request<B>, options: &HttpOptions) -> Vec<KeyValue> {
    let headers = request.headers();
    let forwarded = Forwarded::of(headers);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let uri = request.uri();

    let mut attributes = Vec::with_capacity(16);
    attributes::push_method(&mut attributes, request.method(), options);
    attributes.push(KeyValue::new(attributes::URL_PATH, uri.path().to_owned()));
    let scheme = forwarded.scheme.or(uri.scheme_str()).unwrap_or("http");
    attributes.push(KeyValue::new(attributes::URL_SCHEME, scheme.to_owned()));
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        let query = options.redacted(query);
        attributes.push(KeyValue::new(attributes::URL_QUERY, query));
    }
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        let route = route.as_str().to_owned();
        attributes.push(KeyValue::new(attributes::HTTP_ROUTE, route));
    }
    attributes.extend(attributes::protocol_version(request.version()));
    push_server(&mut attributes, request, &forwarded);
    if let Some(ConnectInfo(peer)) = peer {
        let (address, port) = (peer.ip().to_string(), i64::from(peer.port()));
        attributes.push(KeyValue::new(attributes::NETWORK_PEER_ADDRESS, address));
        attributes.push(KeyValue::new(attributes::NETWORK_PEER_PORT, port));
    }
    let client = forwarded.client.map(str::to_owned);
    if let Some(client) = client.or_else(|| peer.map(|peer| peer.0.ip().to_string())) {
        attributes.push(KeyValue::new(attributes::CLIENT_ADDRESS, client));
    }
    if let Some(agent) = headers.get(header::USER_AGENT) {
        let agent = String::from_utf8_lossy(agent.as_bytes()).into_owned();
        attributes.push(KeyValue::new(attributes::USER_AGENT_ORIGINAL, agent));
    }
    attributes.extend(options.captured_request(headers));
    attributes
}

/// The host that the caller asked for: `:authority` over HTTP/2, else `Host`, unless a proxy knows
/// it better.
fn push_server<B>(attributes: &mut Vec<KeyValue>, request: &Request<B>, forwarded: &Forwarded<'_>) {
    let asked = || {
        let host = request.headers().get(header::HOST)?;
        host.to_str().ok()
    };
    let authority = match forwarded.host.or_else(asked) {
        Some(host) => host.parse::<Authority>().ok(),
        None => request.uri().authority().cloned(),
    };
    let Some(authority) = authority else {
        return;
    };
    let address = without_port(authority.host()).to_owned();
    attributes.push(KeyValue::new(attributes::SERVER_ADDRESS, address));
    if let Some(port) = authority.port_u16() {
        let port = i64::from(port);
        attributes.push(KeyValue::new(attributes::SERVER_PORT, port));
    }
}
