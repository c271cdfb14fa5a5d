//! Log records in, over both transports and in both formats, and out of Clew's own API.

use clew_model::{KeyValue, LogRecord, SeverityLevel, Value};
use clew_testkit::{log_record, logs_request_of, service, span_id, trace_id};
use clew_testkit_server::Backend;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use prost::Message as _;
use serde_json::{Value as Json, json};

use crate::support::{Answer, PROTOBUF, get, post};

async fn export(backend: &Backend, records: &[LogRecord]) -> Answer {
    let headers = [("content-type", PROTOBUF)];
    let body = logs_request_of(records);
    post(backend.otlp_http(), "/v1/logs", &headers, body).await
}

async fn ask(backend: &Backend, query: &str) -> Json {
    let answer = get(backend, &format!("/api/clew/v1/logs{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    answer.json()
}

/// What the log records of an answer say.
async fn said(backend: &Backend, query: &str) -> Vec<String> {
    let answer = ask(backend, query).await;
    let records = answer["records"].as_array().expect("a list").iter();
    let text = |record: &Json| record["body"]["stringValue"].as_str().map(str::to_owned);
    records.map(|it| text(it).expect("text")).collect()
}

/// A shop where a payment fails: five log records, a second apart.
async fn shop() -> Backend {
    let backend = Backend::start_with_logs();
    let (web, pay) = (service("web"), service("pay"));
    let within = |record| LogRecord {
        trace_id: Some(trace_id(7)),
        span_id: Some(span_id(8)),
        flags: 1,
        ..record
    };
    let of_level = |level: SeverityLevel, record| LogRecord {
        severity: level.least(),
        severity_text: level.name().to_uppercase(),
        ..record
    };
    let records = [
        log_record(&web, "GET /cart", 0),
        within(log_record(&web, "POST /order", 1)),
        within(of_level(
            SeverityLevel::Warn,
            log_record(&pay, "the card is slow", 2),
        )),
        within(LogRecord {
            attributes: vec![KeyValue::new("card.id", 5_i64)],
            ..of_level(
                SeverityLevel::Error,
                log_record(&pay, "The Card is refused", 3),
            )
        }),
        of_level(SeverityLevel::Fatal, log_record(&pay, "no memory", 4)),
    ];
    let answer = export(&backend, &records).await;
    assert_eq!(answer.status, 200);
    let answer = ExportLogsServiceResponse::decode(answer.body).expect("an answer");
    assert_eq!(answer.partial_success, None);
    backend
}

#[tokio::test]
async fn they_are_found_by_each_condition() {
    let backend = shop().await;
    let trace = trace_id(7);
    let all = [
        "no memory",
        "The Card is refused",
        "the card is slow",
        "POST /order",
        "GET /cart",
    ];
    for (query, expected) in [
        (String::new(), &all[..]),
        ("?service=web".to_owned(), &all[3..]),
        ("?severity=error".to_owned(), &all[..2]),
        ("?severity=WARN&service=pay&limit=2".to_owned(), &all[..2]),
        ("?text=card".to_owned(), &all[1..3]),
        ("?text=card&text=refused".to_owned(), &all[1..2]),
        ("?text=c.rd".to_owned(), &[]),
        ("?attribute=card.id=5".to_owned(), &all[1..2]),
        (format!("?trace={trace}"), &all[1..4]),
        (format!("?trace={trace}&span={}", span_id(9)), &[]),
        (format!("?span={}", span_id(8)), &all[1..4]),
        (
            "?start=1680172440000000000&end=1680172441000000000".to_owned(),
            &all[1..3],
        ),
    ] {
        assert_eq!(said(&backend, &query).await, expected, "{query}");
    }
    let mut oldest = said(&backend, "?order=oldest").await;
    oldest.reverse();
    assert_eq!(oldest, all);
}

#[tokio::test]
async fn a_log_record_comes_with_all_that_it_says() {
    let backend = shop().await;
    let answer = ask(&backend, "?text=refused").await;
    assert_eq!(
        answer,
        json!({
            "records": [{
                "timeUnixNano": "1680172441000000000",
                "observedTimeUnixNano": "1680172441000000001",
                "severityNumber": 17,
                "severityText": "ERROR",
                "level": "error",
                "body": {"stringValue": "The Card is refused"},
                "attributes": [{"key": "card.id", "value": {"intValue": "5"}}],
                "flags": 1,
                "traceId": trace_id(7).to_string(),
                "spanId": span_id(8).to_string(),
                "resource": 0,
                "scope": 0,
            }],
            "resources": [{"attributes": [
                {"key": "service.name", "value": {"stringValue": "pay"}},
            ]}],
            "scopes": [{"name": "", "version": "", "attributes": []}],
            "next": null,
            "partial": null,
        })
    );
}

#[tokio::test]
async fn pages_follow_each_other() {
    let backend = shop().await;
    let mut found = Vec::new();
    let mut after = String::new();
    for _ in 0..3 {
        let page = ask(&backend, &format!("?limit=2{after}")).await;
        found.extend(page["records"].as_array().unwrap().clone());
        after = match page["next"].as_str() {
            Some(next) => format!("&after={next}"),
            None => break,
        };
    }
    let all = ask(&backend, "").await["records"].clone();
    assert_eq!(found.len(), 5);
    let times = |records: &[Json]| -> Vec<Json> {
        let times = records.iter().map(|record| record["timeUnixNano"].clone());
        times.collect()
    };
    assert_eq!(times(&found), times(all.as_array().unwrap()));
}

#[tokio::test]
async fn they_are_counted_over_time_and_by_service() {
    let backend = shop().await;
    let counts = ask(&backend, "/counts?step=2s").await;
    assert_eq!(
        counts,
        json!({
            "cells": [
                {
                    "startTimeUnixNano": "1680172438000000000",
                    "records": 2,
                    "levels": {"info": 2},
                },
                {
                    "startTimeUnixNano": "1680172440000000000",
                    "records": 2,
                    "levels": {"warn": 1, "error": 1},
                },
                {
                    "startTimeUnixNano": "1680172442000000000",
                    "records": 1,
                    "levels": {"fatal": 1},
                },
            ],
            "partial": null,
        })
    );
    let services = ask(&backend, "/services").await;
    let expected = json!([{"value": "pay", "records": 3}, {"value": "web", "records": 2}]);
    assert_eq!(services["values"], expected);
}

#[tokio::test]
async fn json_and_grpc_bring_the_same() {
    let backend = Backend::start_with_logs();
    let headers = [("content-type", "application/json")];
    let body = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
        {"timeUnixNano":"5","body":{"stringValue":"in JSON"},"traceId":"01"}]}]}]}"#;
    let answer = post(backend.otlp_http(), "/v1/logs", &headers, body).await;
    assert_eq!(
        answer.json(),
        json!({"partialSuccess": {
            "rejectedLogRecords": "0",
            "errorMessage": "1 log records name a trace or a span by an id that is none, and are \
                             kept without it",
        }})
    );
    let endpoint = format!("http://{}", backend.otlp_grpc());
    let mut client = LogsServiceClient::connect(endpoint).await.unwrap();
    let records = [LogRecord {
        body: Value::String("over gRPC".to_owned()),
        ..log_record(&service("web"), "", 0)
    }];
    let request = ExportLogsServiceRequest::decode(logs_request_of(&records)).unwrap();
    let answer = client.export(request).await.unwrap().into_inner();
    assert_eq!(answer.partial_success, None);
    assert_eq!(said(&backend, "").await, ["over gRPC", "in JSON"]);
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let backend = shop().await;
    for (query, expected) in [
        (
            "?severity=loud",
            "'loud' is none of trace, debug, info, warn, error and fatal",
        ),
        ("?trace=xyz", "'xyz' is not a trace id"),
        ("?span=12", "'12' is not a span id"),
        ("?order=slowest", "'slowest' is neither newest nor oldest"),
        ("?after=1-2", "'1-2' is not what an answer gave as 'next'"),
        ("?limit=1001", "'1001' is not a whole number from 1 to 1000"),
        ("?level=error", "it is none of service, text, severity"),
        ("/counts?step=1us", "it is less than a millisecond"),
    ] {
        let answer = get(&backend, &format!("/api/clew/v1/logs{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.contains(expected), "{message}");
    }
}

/// A backend that keeps spans alone has nothing to ask about.
#[tokio::test]
async fn without_a_store_of_them_there_is_no_such_path() {
    let backend = Backend::start();
    let answer = get(&backend, "/api/clew/v1/logs").await;
    assert_eq!(answer.status, 404);
}
