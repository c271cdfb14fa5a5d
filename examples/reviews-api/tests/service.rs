//! The service as a process, called over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, and what it calls, it is an assertion"
)]

use std::collections::HashSet;
use std::process::Command;
use std::time::{Duration, Instant};

use clew_testkit_server::{Collector, Service, Transport};
use serde_json::Value;

const BAND: &str = "553be815-76f3-49db-b9d7-caca4b23cc3e";
const SOON: Duration = Duration::from_secs(20);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reviews-api"));
    command
        .args(["--port", "0"])
        .args(arguments)
        .env("OTEL_SDK_DISABLED", "true");
    command
}

fn get(url: &str) -> (u16, Value) {
    let client = examples_http::client(SOON);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let response = client.get(url).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    })
}

fn reviews(service: &Service) -> Vec<Value> {
    let (status, reviews) = get(&format!("{}/reviews?band_id={BAND}", service.url()));
    assert_eq!(status, 200);
    reviews.as_array().unwrap().clone()
}

fn distinct<'a>(reviews: &'a [Value], member: &str) -> HashSet<&'a str> {
    let values = reviews
        .iter()
        .map(|review| review[member].as_str().unwrap());
    values.collect()
}

#[test]
fn as_shipped_it_is_slow_and_all_reviews_are_one() {
    let service = Service::start(command(&[]));
    let began = Instant::now();
    let reviews = reviews(&service);
    // The sleeps that belong to the default seed.
    let slept = Duration::from_millis(358 + 204 + 15 + 119 + 366 + 417);
    assert!(began.elapsed() >= slept, "{:?}", began.elapsed());
    assert_eq!(reviews.len(), 6);
    assert_eq!(distinct(&reviews, "uuid").len(), 1);
    assert_eq!(distinct(&reviews, "created").len(), 1);
}

#[test]
fn repaired_it_is_fast_and_each_review_is_its_own() {
    let service = Service::start(command(&["--fixed"]));
    let began = Instant::now();
    let reviews = reviews(&service);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    // The same number as the faulty version.
    assert_eq!(reviews.len(), 6);
    assert_eq!(distinct(&reviews, "uuid").len(), 6);
    assert_eq!(distinct(&reviews, "body").len(), 6);
    assert_eq!(
        reviews[0]["body"],
        "This is the review 1 of 6 for this band."
    );
    assert_eq!(
        reviews[5]["body"],
        "This is the review 6 of 6 for this band."
    );
}

#[test]
fn the_date_is_utc_to_the_microsecond() {
    let service = Service::start(command(&["--fixed"]));
    let created = reviews(&service)[0]["created"].as_str().unwrap().to_owned();
    let shape: String = created
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000000", "{created}");
}

#[test]
fn the_seed_decides_how_many_there_are_and_nothing_else_does() {
    let of = |seed: &str| {
        let service = Service::start(command(&["--fixed", "--seed", seed]));
        let first = reviews(&service).len();
        assert_eq!(reviews(&service).len(), first);
        first
    };
    let counts: Vec<usize> = ["1", "2", "3", "4"].map(of).to_vec();
    assert!(
        counts.iter().all(|count| (1..=20).contains(count)),
        "{counts:?}"
    );
    assert!(
        HashSet::<&usize>::from_iter(&counts).len() > 1,
        "{counts:?}"
    );
    assert_eq!(of("1"), counts[0]);
}

#[test]
fn an_unknown_band_has_no_reviews() {
    let service = Service::start(command(&[]));
    let unknown = "00000000-0000-4000-8000-000000000000";
    let answer = get(&format!("{}/reviews?band_id={unknown}", service.url()));
    assert_eq!(answer, (200, Value::Array(Vec::new())));
}

#[test]
fn a_band_id_that_is_none_is_the_callers_mistake() {
    let service = Service::start(command(&[]));
    let (status, body) = get(&format!("{}/reviews?band_id=x", service.url()));
    assert_eq!(status, 400);
    assert_eq!(body["error"], r#"the band_id "x" is no UUID"#);
    let (status, body) = get(&format!("{}/reviews?band_id=%FF", service.url()));
    assert_eq!(status, 400);
    assert_eq!(body["error"], r#"the band_id "�" is no UUID"#);
    let (status, body) = get(&format!("{}/reviews", service.url()));
    assert_eq!(status, 400);
    assert_eq!(body["error"], "which band? Ask for /reviews?band_id=<uuid>");
}

#[test]
fn a_call_makes_two_spans() {
    let collector = Collector::start(Transport::Grpc);
    let mut command = command(&["--fixed"]);
    command
        .env_remove("OTEL_SDK_DISABLED")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    let service = Service::start(command);
    reviews(&service);
    let spans = collector.wait_for_spans(2, SOON);
    let span = |name: &str| spans.iter().find(|span| span.span.name == name).unwrap();
    let (server, inner) = (span("GET /reviews"), span("get_reviews_by_band_id"));
    assert_eq!(inner.span.parent_span_id, server.span.span_id);
    assert_eq!(server.service(), "reviews-api");
    assert_eq!(
        server.attribute("url.query"),
        Some(format!("band_id={BAND}"))
    );
}
