use axum::Router;
use axum::body::Body;
use axum::routing::{any, get};
use futures_util::stream;
use http::{Method, StatusCode};
use opentelemetry::TraceId;
use opentelemetry_sdk::trace::SpanData;

use super::*;
use crate::testing::{Recorder, attribute, recorder, serve, untraced_client};

/// The answer to one request, and the span that was recorded of it.
struct Outcome {
    response: reqwest::Response,
    span: SpanData,
}

/// A router with a route for each kind of answer.
fn app() -> Router {
    Router::new()
        .route("/bands/{id}", get(|| async { "Fugazi" }))
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
        .route("/broken", get(|| async { StatusCode::BAD_GATEWAY }))
        .route("/any", any(|| async { "" }))
}

async fn call(
    layer: ServerLayer,
    request: impl FnOnce(reqwest::Client, String) -> reqwest::RequestBuilder,
) -> Outcome {
    let recorder = recorder();
    let url = serve(app().layer(layer)).await;
    let response = request(untraced_client(), url).send().await.unwrap();
    let span = span_of(&recorder, &response).await;
    Outcome { response, span }
}

/// The span ends after the caller has the answer, if only by a little.
async fn span_of(recorder: &Recorder, response: &reqwest::Response) -> SpanData {
    let trace_id = response.headers()["trace-id"].to_str().unwrap();
    let trace_id = TraceId::from_hex(trace_id).unwrap();
    ended(recorder, trace_id).await
}

async fn ended(recorder: &Recorder, trace_id: TraceId) -> SpanData {
    for _ in 0..1000 {
        let mut spans = recorder.trace(trace_id).into_iter();
        if let Some(span) = spans.find(|span| span.span_kind == SpanKind::Server) {
            return span;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("no span of trace {trace_id} has ended");
}

async fn get_path(path: &'static str) -> Outcome {
    call(ServerLayer::new(), |http, url| http.get(url + path)).await
}

#[tokio::test]
async fn a_span_has_all_that_the_conventions_ask_for() {
    let outcome = call(ServerLayer::new(), |http, url| {
        http.get(url + "/bands/1?sig=secret&a=b")
            .header("user-agent", "tests/1")
    })
    .await;
    let Outcome { response, span } = outcome;
    let port = response.url().port().unwrap().to_string();

    assert_eq!(span.name, "GET /bands/{id}");
    assert_eq!(span.span_kind, SpanKind::Server);
    assert_eq!(span.status, Status::Unset);
    for (key, value) in [
        ("client.address", "127.0.0.1"),
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/bands/{id}"),
        ("network.peer.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("url.path", "/bands/1"),
        ("url.query", "sig=REDACTED&a=b"),
        ("url.scheme", "http"),
        ("user_agent.original", "tests/1"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
    assert!(attribute(&span, "network.peer.port").is_some());
    for key in ["error.type", "http.request.method_original"] {
        assert_eq!(attribute(&span, key), None, "{key}");
    }
}

#[tokio::test]
async fn the_answer_names_its_span() {
    let Outcome { response, span } = get_path("/bands/1").await;
    let trace_id = span.span_context.trace_id();
    let span_id = span.span_context.span_id();
    let headers = response.headers();
    assert_eq!(headers["trace-id"], trace_id.to_string());
    assert_eq!(
        headers["server-timing"],
        format!("trace;desc=00-{trace_id}-{span_id}-03")
    );
}

#[tokio::test]
async fn an_answer_keeps_the_metrics_that_it_has() {
    let app = Router::new()
        .route("/", get(|| async { [("server-timing", "db;dur=53")] }))
        .layer(ServerLayer::new());
    recorder();
    let call = untraced_client().get(serve(app).await);
    let response = call.send().await.unwrap();
    let metrics = response.headers().get_all("server-timing").iter();
    let metrics: Vec<_> = metrics.map(|metric| metric.to_str().unwrap()).collect();
    assert_eq!(metrics.len(), 2, "{metrics:?}");
    assert_eq!(metrics[0], "db;dur=53");
    assert!(metrics[1].starts_with("trace;desc=00-"), "{metrics:?}");
}

#[tokio::test]
async fn an_answer_to_strangers_names_no_span_and_there_is_one() {
    let recorder = recorder();
    let layer = ServerLayer::new().without_trace_in_answers();
    let traceparent = "00-6af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let call = untraced_client().get(serve(app().layer(layer)).await + "/bands/1");
    let response = call.header("traceparent", traceparent).send().await;
    let response = response.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    for name in ["trace-id", "server-timing", "traceresponse"] {
        assert_eq!(response.headers().get(name), None, "{name}");
    }
    let trace_id = TraceId::from_hex("6af7651916cd43dd8448eb211c80319c").unwrap();
    assert_eq!(ended(&recorder, trace_id).await.name, "GET /bands/{id}");
}

#[tokio::test]
async fn the_callers_span_is_the_parent() {
    let Outcome { span, .. } = call(ServerLayer::new(), |http, url| {
        http.get(url + "/bands/1")
            .header(
                "traceparent",
                "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            )
            .header("tracestate", "foo=bar")
    })
    .await;
    assert_eq!(
        span.span_context.trace_id().to_string(),
        "1af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
    assert!(span.parent_span_is_remote);
    assert_eq!(span.span_context.trace_state().header(), "foo=bar");
}

#[tokio::test]
async fn an_unknown_path_has_no_route() {
    let Outcome { response, span } = get_path("/nowhere?").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(span.name, "GET");
    assert_eq!(attribute(&span, "http.route"), None);
    assert_eq!(attribute(&span, "url.path").as_deref(), Some("/nowhere"));
    assert_eq!(attribute(&span, "url.query"), None);
}

#[tokio::test]
async fn an_unknown_method_is_other() {
    let Outcome { span, .. } = call(ServerLayer::new(), |http, url| {
        http.request(Method::from_bytes(b"BREW").unwrap(), url + "/any")
    })
    .await;
    assert_eq!(span.name, "HTTP /any");
    assert_eq!(
        attribute(&span, "http.request.method").as_deref(),
        Some("_OTHER")
    );
    assert_eq!(
        attribute(&span, "http.request.method_original").as_deref(),
        Some("BREW")
    );
}

#[tokio::test]
async fn a_client_error_is_none_of_the_server() {
    let Outcome { span, .. } = get_path("/missing").await;
    assert_eq!(
        attribute(&span, "http.response.status_code").as_deref(),
        Some("404")
    );
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "error.type"), None);
}

#[tokio::test]
async fn a_server_error_is_one() {
    let Outcome { span, .. } = get_path("/broken").await;
    assert_eq!(span.status, Status::error(""));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("502"));
}

#[tokio::test]
async fn a_proxy_knows_better() {
    let Outcome { span, .. } = call(ServerLayer::new(), |http, url| {
        http.get(url + "/bands/1").header(
            "forwarded",
            "for=192.0.2.60;proto=https;host=\"example.com:8443\"",
        )
    })
    .await;
    for (key, value) in [
        ("client.address", "192.0.2.60"),
        ("network.peer.address", "127.0.0.1"),
        ("server.address", "example.com"),
        ("server.port", "8443"),
        ("url.scheme", "https"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test]
async fn headers_are_recorded_if_asked_for() {
    let layer = ServerLayer::new()
        .capture_request_headers(["traceparent", "x-more"])
        .capture_response_headers(["content-type"])
        .redact_query_keys(["token"]);
    let traceparent = "00-2af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let Outcome { span, .. } = call(layer, |http, url| {
        http.get(url + "/bands/1?token=x")
            .header("traceparent", traceparent)
            .header("x-more", "1")
            .header("x-more", "2")
    })
    .await;
    for (key, value) in [
        (
            "http.request.header.traceparent",
            format!("[\"{traceparent}\"]"),
        ),
        ("http.request.header.x-more", r#"["1","2"]"#.to_owned()),
        (
            "http.response.header.content-type",
            r#"["text/plain; charset=utf-8"]"#.to_owned(),
        ),
        ("url.query", "token=REDACTED".to_owned()),
    ] {
        assert_eq!(attribute(&span, key), Some(value), "{key}");
    }
}

#[tokio::test]
async fn the_span_is_current_in_the_handler_and_its_log_lines() {
    let recorder = recorder();
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                tokio::task::yield_now().await;
                crate::in_span("inner", async {}).await;
                Context::current()
                    .span()
                    .span_context()
                    .span_id()
                    .to_string()
            }),
        )
        .layer(ServerLayer::new());
    let response = untraced_client()
        .get(serve(app).await)
        .send()
        .await
        .unwrap();
    let span = span_of(&recorder, &response).await;
    let inner = recorder.trace(span.span_context.trace_id()).remove(0);
    assert_eq!(inner.name, "inner");
    assert_eq!(inner.parent_span_id, span.span_context.span_id());
    assert_eq!(
        response.text().await.unwrap(),
        span.span_context.span_id().to_string()
    );
}

#[tokio::test]
async fn the_span_lasts_until_the_body_is_sent() {
    let recorder = recorder();
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                Body::from_stream(stream::once(async {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    // Still within the span.
                    Ok::<_, std::io::Error>(current_span_id())
                }))
            }),
        )
        .layer(ServerLayer::new());
    let response = untraced_client()
        .get(serve(app).await)
        .send()
        .await
        .unwrap();
    let trace_id = response.headers()["trace-id"].to_str().unwrap().to_owned();
    let body = response.text().await.unwrap();
    let span = ended(&recorder, TraceId::from_hex(&trace_id).unwrap()).await;
    assert_eq!(body, span.span_context.span_id().to_string());
    let duration = span.end_time.duration_since(span.start_time).unwrap();
    assert!(
        duration >= std::time::Duration::from_millis(100),
        "{duration:?}"
    );
}

fn current_span_id() -> String {
    Context::current()
        .span()
        .span_context()
        .span_id()
        .to_string()
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let recorder = recorder();
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                let broken = std::io::Error::other("broken");
                Body::from_stream(stream::iter([Ok("half"), Err(broken)]))
            }),
        )
        .layer(ServerLayer::new());
    let call = untraced_client().get(serve(app).await).header(
        "traceparent",
        "00-5af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    );
    // Whether the head still comes through is up to chance.
    let _ = call.send().await;
    let trace_id = TraceId::from_hex("5af7651916cd43dd8448eb211c80319c").unwrap();
    let span = ended(&recorder, trace_id).await;
    assert_eq!(span.status, Status::error(""));
    assert_eq!(
        attribute(&span, "error.type").as_deref(),
        Some("axum_core::error::Error")
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_a_cancelled_span() {
    let recorder = recorder();
    let app = Router::new()
        .route("/", get(std::future::pending::<&'static str>))
        .layer(ServerLayer::new());
    let call = untraced_client()
        .get(serve(app).await)
        .header(
            "traceparent",
            "00-3af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .timeout(std::time::Duration::from_millis(100));
    assert!(call.send().await.unwrap_err().is_timeout());
    let trace_id = TraceId::from_hex("3af7651916cd43dd8448eb211c80319c").unwrap();
    let span = ended(&recorder, trace_id).await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(attribute(&span, "http.response.status_code"), None);
}

#[tokio::test]
async fn a_panic_is_recorded() {
    let recorder = recorder();
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                let records = Context::current().span().is_recording();
                assert!(!records, "as the test asks");
            }),
        )
        .layer(ServerLayer::new());
    let call = untraced_client().get(serve(app).await).header(
        "traceparent",
        "00-4af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    );
    call.send().await.unwrap_err();
    let trace_id = TraceId::from_hex("4af7651916cd43dd8448eb211c80319c").unwrap();
    let span = ended(&recorder, trace_id).await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("panic"));
}
