use axum::Router;
use axum::routing::get;
use http::StatusCode;
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::trace::SpanData;

use super::*;
use crate::testing::{attribute, recorder, serve, untraced_client};

/// What a call has come to, with its span and the headers that the server has seen.
struct Outcome {
    result: reqwest::Result<String>,
    span: SpanData,
    parent: SpanContext,
}

/// Calls within a span, so that the call's own span can be told from those of other tests.
async fn call(
    client: impl FnOnce(Client) -> Client,
    request: impl FnOnce(Client) -> RequestBuilder,
) -> Outcome {
    let recorder = recorder();
    let client = client(Client::new(untraced_client()));
    let (result, parent) = crate::in_span("caller", async {
        let result = async { request(client).send().await?.text().await };
        let result = result.await;
        (result, Context::current().span().span_context().clone())
    })
    .await;
    let spans = recorder.trace(parent.trace_id());
    Outcome {
        result,
        span: spans[0].clone(),
        parent,
    }
}

/// Answers with the headers that carry context.
fn echo() -> Router {
    Router::new()
        .route(
            "/echo",
            get(|headers: HeaderMap| async move {
                let text = |name| match headers.get(name) {
                    Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    None => "-".to_owned(),
                };
                format!("{} {}", text("traceparent"), text("tracestate"))
            }),
        )
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
        .route("/slow", get(std::future::pending::<&'static str>))
}

#[tokio::test]
async fn a_span_has_all_that_the_conventions_ask_for() {
    let url = serve(echo()).await;
    let port = url.rsplit(':').next().unwrap().to_owned();
    let with_secrets = url.replace("http://", "http://me:secret@") + "/echo?sig=secret&a=b";
    let Outcome { span, parent, .. } = call(|http| http, |http| http.get(with_secrets)).await;

    assert_eq!(span.name, "GET");
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(span.parent_span_id, parent.span_id());
    assert_eq!(span.status, Status::Unset);
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("network.peer.address", "127.0.0.1"),
        ("network.peer.port", port.as_str()),
        ("network.protocol.version", "1.1"),
        ("server.address", "127.0.0.1"),
        ("server.port", port.as_str()),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
    let full = attribute(&span, "url.full").unwrap();
    assert!(full.ends_with("/echo?sig=REDACTED&a=b"), "{full}");
    assert!(!full.contains("secret"), "{full}");
}

#[tokio::test]
async fn the_context_goes_along() {
    let url = serve(echo()).await;
    let Outcome { result, span, .. } = call(|http| http, |http| http.get(url + "/echo")).await;
    let trace_id = span.span_context.trace_id();
    let span_id = span.span_context.span_id();
    // No empty tracestate.
    assert_eq!(result.unwrap(), format!("00-{trace_id}-{span_id}-03 -"));
}

#[tokio::test]
async fn headers_are_recorded_as_they_were_sent() {
    let url = serve(echo()).await;
    let capture = |http: Client| {
        http.capture_request_headers(["traceparent", "x-a"])
            .capture_response_headers(["content-type"])
            .redact_query_keys(["token"])
    };
    let Outcome { result, span, .. } = call(capture, |http| {
        http.get(url + "/echo?token=x").header(
            HeaderName::from_static("x-a"),
            HeaderValue::from_static("1"),
        )
    })
    .await;
    let result = result.unwrap();
    let (received, _) = result.split_once(' ').unwrap();
    for (key, value) in [
        (
            "http.request.header.traceparent",
            format!("[\"{received}\"]"),
        ),
        ("http.request.header.x-a", r#"["1"]"#.to_owned()),
        (
            "http.response.header.content-type",
            r#"["text/plain; charset=utf-8"]"#.to_owned(),
        ),
    ] {
        assert_eq!(attribute(&span, key), Some(value), "{key}");
    }
    assert!(
        attribute(&span, "url.full")
            .unwrap()
            .ends_with("?token=REDACTED")
    );
}

#[tokio::test]
async fn an_answer_of_4xx_is_an_error_of_the_call() {
    let url = serve(echo()).await;
    let Outcome { span, .. } = call(|http| http, |http| http.get(url + "/missing")).await;
    assert_eq!(span.status, Status::error(""));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("404"));
    assert_eq!(
        attribute(&span, "http.response.status_code").as_deref(),
        Some("404")
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_without_secrets() {
    let url = "http://127.0.0.1:1/?sig=secret";
    let Outcome { result, span, .. } = call(|http| http, |http| http.get(url)).await;
    assert!(result.is_err());
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("connect"));
    let description = format!("{:?}", span.status);
    assert!(description.contains("Connection refused"), "{description}");
    assert_eq!(attribute(&span, "http.response.status_code"), None);
    assert!(!format!("{span:?}").contains("secret"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_timeout() {
    let url = serve(echo()).await;
    let Outcome { span, .. } = call(
        |http| http,
        |http| http.get(url + "/slow").timeout(Duration::from_millis(50)),
    )
    .await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("timeout"));
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_cancelled() {
    let url = serve(echo()).await;
    let recorder = recorder();
    let client = Client::new(untraced_client());
    let trace_id = crate::in_span("caller", async {
        let call = client.get(url + "/slow").send();
        let waited = tokio::time::timeout(Duration::from_millis(50), call).await;
        assert!(waited.is_err());
        Context::current().span().span_context().trace_id()
    })
    .await;
    let span = recorder.trace(trace_id)[0].clone();
    assert_eq!(span.name, "GET");
    assert_eq!(span.status, Status::error(""));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("cancelled"));
}

#[tokio::test]
async fn an_unknown_method_is_other() {
    let url = serve(echo()).await;
    let method = Method::from_bytes(b"BREW").unwrap();
    let request = |http: Client| http.request(method, url + "/echo");
    let Outcome { span, .. } = call(|http| http, request).await;
    assert_eq!(span.name, "HTTP");
    assert_eq!(
        attribute(&span, "http.request.method").as_deref(),
        Some("_OTHER")
    );
}

#[test]
fn a_default_port_is_recorded_and_brackets_are_not() {
    let options = HttpOptions::from_env(Side::Client);
    let request = Request::new(Method::GET, "https://[::1]/".parse().unwrap());
    let attributes = request_attributes(&request, &options);
    assert!(attributes.contains(&KeyValue::new("server.address", "::1")));
    assert!(attributes.contains(&KeyValue::new("server.port", 443)));
}
