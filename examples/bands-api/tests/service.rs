//! The service as a process between a caller, a reviews-api of the test and a backend of the test.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, and what it calls, it is an assertion"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use clew_testkit_server::{CollectedSpan, Collector, Service, Transport, hex};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const BAND: &str = "553be815-76f3-49db-b9d7-caca4b23cc3e";
const SOON: Duration = Duration::from_secs(20);

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Stands in for reviews-api: answers one review, and tells the headers that it got.
struct Reviews {
    url: String,
    seen: mpsc::UnboundedReceiver<HeaderMap>,
}

impl Reviews {
    async fn start() -> Self {
        let (tell, seen) = mpsc::unbounded_channel();
        let review =
            json!([{"uuid": BAND, "body": "Loud.", "created": "2023-03-30T10:33:58.886900"}]);
        let app = Router::new()
            .route(
                "/reviews",
                get(
                    async move |State(tell): State<mpsc::UnboundedSender<HeaderMap>>,
                                headers: HeaderMap| {
                        tell.send(headers).unwrap();
                        Json(review)
                    },
                ),
            )
            .with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { url, seen }
    }

    /// The headers of the next call.
    async fn headers(&mut self) -> HeaderMap {
        self.seen.recv().await.unwrap()
    }
}

/// The repaired service, so that most tests need not sleep; with a backend or without.
fn command(reviews_url: &str, backend: Option<&Collector>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bands-api"));
    command.args(["--port", "0", "--fixed", "--reviews-url", reviews_url]);
    let endpoint = backend.map_or_else(|| "http://127.0.0.1:1".to_owned(), Collector::endpoint);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    command
}

async fn call(service: &Service, id: &str) -> reqwest::Response {
    let url = format!("{}/bands/{id}", service.url());
    let request = examples_http::client(SOON).get(url);
    let request = request.header("traceparent", TRACEPARENT);
    let request = request.header("tracestate", "foo=bar");
    request.send().await.unwrap()
}

fn named<'a>(spans: &'a [CollectedSpan], name: &str) -> &'a CollectedSpan {
    let mut found = spans.iter().filter(|span| span.span.name == name);
    let span = found
        .next()
        .unwrap_or_else(|| panic!("no span {name} in {spans:#?}"));
    assert!(found.next().is_none(), "two spans {name} in {spans:#?}");
    span
}

#[tokio::test]
async fn it_answers_a_band_with_its_reviews() {
    let reviews = Reviews::start().await;
    let service = Service::start(command(&reviews.url, None));
    let response = call(&service, BAND).await;
    assert_eq!(response.status(), 200);
    let band: Value = response.json().await.unwrap();
    assert_eq!(band["uuid"], BAND);
    assert_eq!(band["name"], "Fugazi");
    assert_eq!(band["reviews"][0]["body"], "Loud.");
    assert_eq!(
        band["created"].as_str().unwrap().len(),
        "2023-03-30T10:33:58.886900".len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_unbroken_part_of_the_callers_trace() {
    let mut reviews = Reviews::start().await;
    let collector = Collector::start(Transport::Grpc);
    let mut command = command(&reviews.url, Some(&collector));
    for side in ["SERVER", "CLIENT"] {
        let variable = format!("OTEL_INSTRUMENTATION_HTTP_{side}_CAPTURE_REQUEST_HEADERS");
        command.env(variable, "traceparent,tracestate");
    }
    let service = Service::start(command);
    let response = call(&service, BAND).await;
    assert_eq!(response.headers()["trace-id"], TRACE_ID);

    let sent_on = reviews.headers().await;
    let spans = collector.wait_for_spans(3, SOON);
    let server = named(&spans, "GET /bands/{id}");
    let inner = named(&spans, "get_reviews");
    let client = named(&spans, "GET");
    assert_eq!(server.parent_span_id(), "b7ad6b7169203331");
    assert_eq!(inner.span.parent_span_id, server.span.span_id);
    assert_eq!(client.span.parent_span_id, inner.span.span_id);
    for span in &spans {
        assert_eq!(span.trace_id(), TRACE_ID);
        assert_eq!(span.span.trace_state, "foo=bar");
        assert_eq!(span.service(), "bands-api");
    }

    let client_id = client.span_id();
    let traceparent = format!("00-{TRACE_ID}-{client_id}-01");
    assert_eq!(sent_on["traceparent"], traceparent);
    assert_eq!(sent_on["tracestate"], "foo=bar");
    let recorded = |span: &CollectedSpan| span.attribute("http.request.header.traceparent");
    assert_eq!(recorded(server), Some(format!("[{TRACEPARENT}]")));
    assert_eq!(recorded(client), Some(format!("[{traceparent}]")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_line_and_a_log_record_name_the_trace() {
    let reviews = Reviews::start().await;
    let collector = Collector::start(Transport::Http);
    let mut command = command(&reviews.url, Some(&collector));
    command
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("CLEW_LOG_FORMAT", "json");
    let service = Service::start(command);
    call(&service, BAND).await;

    let line = service.wait_for_output(|output| {
        let line = output.lines().find(|line| line.contains("found a band"))?;
        Some(line.to_owned())
    });
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["trace_id"], TRACE_ID);
    let records = collector.wait_for_logs(2, SOON);
    for record in &records {
        assert_eq!(hex(&record.trace_id), TRACE_ID);
    }
    let mut spans = records.iter().map(|record| hex(&record.span_id));
    assert!(spans.any(|span| span == line["span_id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_details_makes_no_details_to_send() {
    let reviews = Reviews::start().await;
    for (transport, protocol) in [
        (Transport::Grpc, "grpc"),
        (Transport::Http, "http/protobuf"),
    ] {
        let collector = Collector::start(transport);
        let mut command = command(&reviews.url, Some(&collector));
        command
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_BLRP_SCHEDULE_DELAY", "50")
            .env("OTEL_LOG_LEVEL", "trace")
            .env("RUST_LOG", "trace");
        let service = Service::start(command);
        call(&service, BAND).await;
        collector.wait_for_logs(1, SOON);
        // Were each batch followed by another about it, there would be dozens by then.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(
            collector.log_requests() <= 3,
            "{}",
            collector.log_requests()
        );
    }
}

#[tokio::test]
async fn a_backend_that_is_absent_is_named_once_and_costs_nothing() {
    let reviews = Reviews::start().await;
    let service = Service::start(command(&reviews.url, None));
    let named = "cannot send telemetry to http://127.0.0.1:1 over gRPC";
    call(&service, BAND).await;
    service.wait_for_output(|output| output.contains(named).then_some(()));
    // More batches fail meanwhile: there is one at least every half second.
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        let began = Instant::now();
        assert_eq!(call(&service, BAND).await.status(), 200);
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
    }
    let began = Instant::now();
    let stopped = service.stop();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(stopped.status.success(), "{stopped:?}");
    assert_eq!(
        stopped.output.matches(named).count(),
        1,
        "{}",
        stopped.output
    );
    assert_eq!(
        stopped.output.matches("OpenTelemetry").count(),
        0,
        "{}",
        stopped.output
    );
    // At the end it says how much is lost.
    assert_eq!(
        stopped.output.matches("of the spans did not reach").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_may_name_the_service() {
    let collector = Collector::start(Transport::Grpc);
    let mut command = command("http://127.0.0.1:1", Some(&collector));
    let attributes = "service.version=9,deployment.environment.name=test";
    command
        .env("OTEL_SERVICE_NAME", "bands")
        .env("OTEL_RESOURCE_ATTRIBUTES", attributes);
    let service = Service::start(command);
    call(&service, "x").await;
    let spans = collector.wait_for_spans(1, SOON);
    for (key, value) in [
        ("service.name", "bands"),
        ("service.version", "9"),
        ("deployment.environment.name", "test"),
        ("telemetry.sdk.name", "opentelemetry"),
    ] {
        let found = spans[0].resource_attribute(key);
        assert_eq!(found.as_deref(), Some(value), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_end_it_sends_what_is_left() {
    let reviews = Reviews::start().await;
    let collector = Collector::start(Transport::Grpc);
    let mut command = command(&reviews.url, Some(&collector));
    command.env("OTEL_BSP_SCHEDULE_DELAY", "600000");
    let service = Service::start(command);
    call(&service, BAND).await;
    assert_eq!(collector.spans().len(), 0);
    assert!(service.stop().status.success());
    assert_eq!(collector.spans().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_sdk_records_nothing_and_hands_the_context_on() {
    let mut reviews = Reviews::start().await;
    let collector = Collector::start(Transport::Grpc);
    let mut command = command(&reviews.url, Some(&collector));
    command.env("OTEL_SDK_DISABLED", "true");
    let service = Service::start(command);
    let response = call(&service, BAND).await;
    assert_eq!(response.headers().get("trace-id"), None);
    assert_eq!(response.headers().get("server-timing"), None);
    let sent_on = reviews.headers().await;
    assert_eq!(sent_on["traceparent"], TRACEPARENT);
    assert_eq!(sent_on["tracestate"], "foo=bar");

    let stopped = service.stop();
    assert!(
        stopped.output.contains("found a band"),
        "{}",
        stopped.output
    );
    assert_eq!(
        (collector.trace_requests(), collector.log_requests()),
        (0, 0)
    );
}

#[tokio::test]
async fn without_propagators_a_trace_begins_and_ends_here() {
    let mut reviews = Reviews::start().await;
    let mut command = command(&reviews.url, None);
    command.env("OTEL_PROPAGATORS", "none");
    let service = Service::start(command);
    let response = call(&service, BAND).await;
    assert_ne!(response.headers()["trace-id"], TRACE_ID);
    assert_eq!(reviews.headers().await.get("traceparent"), None);
}

#[tokio::test]
async fn a_propagator_that_is_unknown_is_warned_of_once() {
    let reviews = Reviews::start().await;
    let mut command = command(&reviews.url, None);
    command.env("OTEL_PROPAGATORS", "tracecontext,b3");
    let service = Service::start(command);
    let response = call(&service, BAND).await;
    assert_eq!(response.headers()["trace-id"], TRACE_ID);
    let output = service.stop().output;
    assert_eq!(
        output
            .matches("OTEL_PROPAGATORS: \"b3\" is not known")
            .count(),
        1,
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_api_being_down_is_a_502_that_the_trace_shows() {
    let collector = Collector::start(Transport::Grpc);
    let service = Service::start(command("http://127.0.0.1:1", Some(&collector)));
    let response = call(&service, BAND).await;
    assert_eq!(response.status(), 502);
    let body: Value = response.json().await.unwrap();
    let message = body["error"].as_str().unwrap();
    assert!(
        message.contains("reviews-api at http://127.0.0.1:1"),
        "{message}"
    );
    assert!(message.contains("Connection refused"), "{message}");

    let spans = collector.wait_for_spans(3, SOON);
    for (name, error_type) in [
        ("GET /bands/{id}", "502"),
        ("get_reviews", "bands_api::error::ApiError"),
        ("GET", "connect"),
    ] {
        let span = named(&spans, name);
        assert!(span.is_error(), "{name}");
        assert_eq!(span.attribute("error.type").as_deref(), Some(error_type));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_no_uuid_is_the_callers_mistake() {
    let collector = Collector::start(Transport::Grpc);
    let service = Service::start(command("http://127.0.0.1:1", Some(&collector)));
    let response = call(&service, "x").await;
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], r#"the id "x" is no UUID"#);
    // Not even text.
    let response = call(&service, "%FF").await;
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], "Invalid UTF-8 in `id`");
    let spans = collector.wait_for_spans(2, SOON);
    assert!(!spans.iter().any(CollectedSpan::is_error));
}

#[tokio::test]
async fn as_shipped_it_sleeps_for_five_seconds() {
    let reviews = Reviews::start().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_bands-api"));
    command
        .args(["--port", "0", "--reviews-url", &reviews.url])
        .env("OTEL_SDK_DISABLED", "true");
    let service = Service::start(command);
    let began = Instant::now();
    assert_eq!(call(&service, BAND).await.status(), 200);
    assert!(began.elapsed() >= Duration::from_secs(5));
}

#[test]
fn a_port_that_is_taken_is_named_with_its_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_bands-api"))
        .args(["--port", &port])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains(&format!("port {port} is taken")),
        "{message}"
    );
    assert!(message.contains("--port"), "{message}");
}

#[test]
fn an_endpoint_that_is_no_url_is_named_with_its_variable() {
    let output = Command::new(env!("CARGO_BIN_EXE_bands-api"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://no host")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{message}");
}
