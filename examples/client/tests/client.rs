//! The client as a process, with a bands-api and a backend of the test.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, and what it calls, it is an assertion"
)]

use std::process::{Command, Output};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use clew_testkit_server::{CollectedSpan, Collector, Transport};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const BAND: &str = "553be815-76f3-49db-b9d7-caca4b23cc3e";
const NOBODY: &str = "http://127.0.0.1:1";

/// How the bands-api of a test answers.
#[derive(Clone, Copy)]
enum Answers {
    /// With the trace id of the call, as a traced service does.
    InOurTrace,
    /// With another trace id, as a service to which the context gets lost.
    InAnotherTrace,
    /// Without, as a service that is not traced.
    Untraced,
    /// Not with a band.
    BadGateway,
    /// Not with a band, and with much that is not for a terminal.
    Hostile,
}

struct Bands {
    url: String,
    seen: mpsc::UnboundedReceiver<HeaderMap>,
}

impl Bands {
    async fn start(answers: Answers) -> Self {
        let (tell, seen) = mpsc::unbounded_channel();
        let app = Router::new().route(
            "/bands/{id}",
            get(async move |headers: HeaderMap| {
                let response = answer(answers, &headers);
                tell.send(headers).unwrap();
                response
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { url, seen }
    }

    /// A header of the call that was made.
    fn header(&mut self, name: &str) -> Option<String> {
        let headers = self.seen.try_recv().unwrap();
        Some(headers.get(name)?.to_str().unwrap().to_owned())
    }
}

fn answer(answers: Answers, headers: &HeaderMap) -> axum::response::Response {
    let traceparent = headers
        .get("traceparent")
        .map(|value| value.to_str().unwrap());
    let trace_id = match answers {
        Answers::InOurTrace => traceparent.unwrap()[3..35].to_owned(),
        Answers::InAnotherTrace => "1".repeat(32),
        Answers::Untraced => return band().into_response(),
        Answers::BadGateway => {
            let body = json!({"error": "reviews-api does not answer"});
            return (StatusCode::BAD_GATEWAY, Json(body)).into_response();
        }
        Answers::Hostile => {
            let body = "\u{1b}]0;title\u{7}".to_owned() + &"x".repeat(100_000);
            return (StatusCode::BAD_GATEWAY, body).into_response();
        }
    };
    ([("trace-id", trace_id)], band()).into_response()
}

fn band() -> Json<serde_json::Value> {
    let created = "2023-03-30T10:33:58.886900";
    let review = json!({"uuid": BAND, "body": "Loud.", "created": created});
    Json(json!({"uuid": BAND, "name": "Fugazi", "reviews": [review], "created": created}))
}

/// What the client prints of that band.
const PRINTED: &str = r#"{
    "uuid": "553be815-76f3-49db-b9d7-caca4b23cc3e",
    "name": "Fugazi",
    "reviews": [
        {
            "uuid": "553be815-76f3-49db-b9d7-caca4b23cc3e",
            "body": "Loud.",
            "created": "2023-03-30T10:33:58.886900"
        }
    ],
    "created": "2023-03-30T10:33:58.886900"
}
"#;

fn command(bands_url: &str, endpoint: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
    command
        .args(["--bands-url", bands_url])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    command
}

/// Runs the client on another thread, so that the services of the test can answer it.
async fn run(mut command: Command) -> Output {
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    run.await.unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_the_band_and_the_url_of_its_trace() {
    let mut bands = Bands::start(Answers::InOurTrace).await;
    let collector = Collector::start(Transport::Grpc);
    let mut command = command(&bands.url, &collector.endpoint());
    command.args(["--ui-url", "http://localhost:16000/"]);
    command.args(["--attribute", "demo.step=5", "--attribute", "note=a=b"]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stderr), "");

    let stdout = text(&output.stdout);
    let rest = stdout.strip_prefix(PRINTED).unwrap();
    let trace_id = rest.strip_prefix("http://localhost:16000/trace/").unwrap();
    let trace_id = trace_id.trim_end();

    let spans = collector.wait_for_spans(2, Duration::from_secs(1));
    let root = spans
        .iter()
        .find(|span| span.span.name == "get_band")
        .unwrap();
    let call = spans.iter().find(|span| span.span.name == "GET").unwrap();
    assert_eq!(root.trace_id(), trace_id);
    assert_eq!(root.parent_span_id(), "");
    assert_eq!(call.span.parent_span_id, root.span.span_id);
    assert_eq!(root.attribute("demo.step").as_deref(), Some("5"));
    assert_eq!(root.attribute("note").as_deref(), Some("a=b"));
    for span in &spans {
        assert_eq!(span.service(), "client");
        assert_eq!(span.span.trace_state, "foo=bar");
    }
    let sent = format!("00-{trace_id}-{}-03", call.span_id());
    assert_eq!(bands.header("traceparent"), Some(sent));

    // That it asked, and that it got an answer.
    for record in collector.wait_for_logs(2, Duration::from_secs(1)) {
        assert_eq!(record.trace_id, root.span.trace_id);
        assert_eq!(record.span_id, root.span.span_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sends_a_tracestate_of_its_own() {
    let mut bands = Bands::start(Answers::Untraced).await;
    let collector = Collector::start(Transport::Grpc);
    let output = run(command(&bands.url, &collector.endpoint())).await;
    // A service that is not traced says nothing about the trace, which is no mistake.
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(bands.header("tracestate").as_deref(), Some("foo=bar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_another_trace_is_found_out() {
    let bands = Bands::start(Answers::InAnotherTrace).await;
    let collector = Collector::start(Transport::Grpc);
    let output = run(command(&bands.url, &collector.endpoint())).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with(PRINTED));
    let message = text(&output.stderr);
    assert!(message.contains(&"1".repeat(32)), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_one_sentence_and_still_a_trace() {
    let collector = Collector::start(Transport::Grpc);
    let output = run(command(NOBODY, &collector.endpoint())).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "client: cannot reach bands-api at http://127.0.0.1:1/: is it running? \
         (--bands-url names another address)\n"
    );
    assert!(text(&output.stdout).starts_with("http://localhost:16686/trace/"));
    let spans = collector.wait_for_spans(2, Duration::from_secs(1));
    assert!(spans.iter().all(CollectedSpan::is_error));
    let records = collector.wait_for_logs(2, Duration::from_secs(1));
    let mut texts: Vec<&str> = records.iter().map(|it| it.severity_text.as_str()).collect();
    // They come module by module.
    texts.sort_unstable();
    assert_eq!(texts, ["INFO", "WARN"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_says_of_its_error_is_passed_on() {
    let bands = Bands::start(Answers::BadGateway).await;
    let collector = Collector::start(Transport::Grpc);
    let output = run(command(&bands.url, &collector.endpoint())).await;
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.ends_with("answered 502 Bad Gateway: reviews-api does not answer\n"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_says_of_its_error_does_nothing_to_the_terminal() {
    let bands = Bands::start(Answers::Hostile).await;
    let collector = Collector::start(Transport::Grpc);
    let output = run(command(&bands.url, &collector.endpoint())).await;
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("502 Bad Gateway: �]0;title�x"),
        "{message}"
    );
    assert!(message.len() < 1000, "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_not_there_is_named_and_the_band_is_printed() {
    for protocol in ["grpc", "http/protobuf"] {
        let bands = Bands::start(Answers::InOurTrace).await;
        let mut command = command(&bands.url, NOBODY);
        command.env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stdout), PRINTED);
        let message = text(&output.stderr);
        assert!(
            message.contains("2 of the spans did not reach http://127.0.0.1:1"),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_its_tracing_off_there_is_no_trace_and_it_says_so() {
    let mut bands = Bands::start(Answers::InAnotherTrace).await;
    let mut command = command(&bands.url, NOBODY);
    command.env("OTEL_SDK_DISABLED", "true");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let stdout = text(&output.stdout);
    let last = stdout.strip_prefix(PRINTED).unwrap();
    assert_eq!(last, "There is no trace: the client's tracing is off.\n");
    assert_eq!(bands.header("traceparent"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_the_sampler_leaves_out_has_no_url() {
    let bands = Bands::start(Answers::InOurTrace).await;
    let mut command = command(&bands.url, NOBODY);
    command.env("OTEL_TRACES_SAMPLER", "always_off");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).ends_with("the sampler left it out.\n"));
}

#[test]
fn an_attribute_needs_a_key_and_a_value() {
    let output = Command::new(env!("CARGO_BIN_EXE_client"))
        .args(["--attribute", "demo.step"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("key=value"));
}
