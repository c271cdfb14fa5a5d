//! Log records as they arrive, out of Clew's own API.

use std::time::Duration;

use clew_model::{LogRecord, SeverityLevel};
use clew_testkit::{log_record, logs_request_of, service, span_id, trace_id};
use clew_testkit_server::{Backend, http_client};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use crate::support::{PROTOBUF, get, post};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

const LIVE: &str = "/api/clew/v1/logs/live";

async fn export(backend: &Backend, records: &[LogRecord]) {
    let headers = [("content-type", PROTOBUF)];
    let body = logs_request_of(records);
    let answer = post(backend.otlp_http(), "/v1/logs", &headers, body).await;
    assert_eq!(answer.status, 200);
}

/// A client that follows.
struct Tail {
    response: reqwest::Response,
    /// What has come and is not read yet.
    text: String,
}

impl Tail {
    async fn open(client: &reqwest::Client, backend: &Backend, query: &str) -> Self {
        let url = format!("http://{}{LIVE}{query}", backend.http());
        let response = client.get(url).send().await.expect("the server answers");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event, and its data; `None` when there is an end.
    async fn next(&mut self) -> Option<(String, Json)> {
        let end = loop {
            if let Some(end) = self.text.find("\n\n") {
                break end;
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("it comes in time").expect("it is whole")?;
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("text"));
        };
        let event: String = self.text.drain(..end + 2).collect();
        let (name, data) = event.trim_end().split_once('\n').expect("two lines");
        let name = name.strip_prefix("event: ").expect("a name");
        let data = data.strip_prefix("data: ").expect("data");
        Some((name.to_owned(), serde_json::from_str(data).expect("JSON")))
    }

    /// What the next log record says.
    async fn said(&mut self) -> String {
        let (name, data) = self.next().await.expect("there is more");
        assert_eq!(name, "record", "{data}");
        data["body"]["stringValue"]
            .as_str()
            .expect("text")
            .to_owned()
    }
}

#[tokio::test]
async fn what_arrives_is_sent_once_and_in_order() {
    let backend = Backend::start_with_logs();
    let web = service("web");
    export(&backend, &[log_record(&web, "before", 9)]).await;
    let mut tail = Tail::open(&http_client(), &backend, "").await;
    let headers = tail.response.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-store");

    // Those of one batch by their time; a later batch comes later, whatever its time.
    let batch = ["3", "1", "2"].map(|it| log_record(&web, it, it.parse().unwrap()));
    export(&backend, &batch).await;
    assert_eq!(tail.said().await, "1");
    assert_eq!(tail.said().await, "2");
    assert_eq!(tail.said().await, "3");
    export(&backend, &[log_record(&web, "0", 0)]).await;
    assert_eq!(tail.said().await, "0");
    // What was sent again is nothing new.
    export(&backend, &batch).await;
    export(&backend, &[log_record(&web, "4", 4)]).await;
    assert_eq!(tail.said().await, "4");
}

#[tokio::test]
async fn only_what_was_asked_for_is_sent() {
    let backend = Backend::start_with_logs();
    let (web, pay) = (service("web"), service("pay"));
    let client = http_client();
    let trace = trace_id(7);
    let query = format!("?service=pay&severity=warn&text=card&trace={trace}");
    let mut tail = Tail::open(&client, &backend, &query).await;
    let refused = LogRecord {
        trace_id: Some(trace),
        span_id: Some(span_id(8)),
        severity: SeverityLevel::Error.least(),
        ..log_record(&pay, "the card is refused", 1)
    };
    let records = [
        LogRecord {
            resource: web,
            ..refused.clone()
        },
        LogRecord {
            severity: SeverityLevel::Info.least(),
            ..refused.clone()
        },
        LogRecord {
            trace_id: None,
            ..refused.clone()
        },
        log_record(&pay, "no memory", 0),
        refused,
    ];
    export(&backend, &records).await;
    let (name, data) = tail.next().await.unwrap();
    assert_eq!(name, "record");
    assert_eq!(data["service"], "pay");
    assert_eq!(data["level"], "error");
    assert_eq!(data["traceId"], trace.to_string());
    assert_eq!(data["resource"]["attributes"][0]["key"], "service.name");
    assert_eq!(data["scope"]["name"], "");
}

#[tokio::test]
async fn of_too_many_the_newest_are_sent() {
    let backend = Backend::start_with_logs();
    let web = service("web");
    let mut tail = Tail::open(&http_client(), &backend, "").await;
    let records: Vec<_> = (0..1_200)
        .map(|second| log_record(&web, &second.to_string(), second))
        .collect();
    export(&backend, &records).await;
    let skipped = tail.next().await.unwrap();
    assert_eq!(skipped, ("skipped".to_owned(), json!({"records": "some"})));
    for second in 200..1_200 {
        assert_eq!(tail.said().await, second.to_string());
    }
    export(&backend, &[log_record(&web, "next", 0)]).await;
    assert_eq!(tail.said().await, "next");
}

#[tokio::test]
async fn a_tail_does_not_hold_up_the_end_of_the_server() {
    let backend = Backend::start_with_logs();
    let mut tail = Tail::open(&http_client(), &backend, "").await;
    let stopping = timeout(Duration::from_secs(4), backend.stop());
    stopping.await.expect("the tail is let go");
    assert_eq!(tail.next().await, None);
}

#[tokio::test]
async fn too_many_tails_are_refused_until_one_has_ended() {
    let backend = Backend::start_with_logs();
    let client = http_client();
    let mut tails = Vec::new();
    let refused = loop {
        assert!(tails.len() < 100, "there is no bound");
        let tail = Tail::open(&client, &backend, "").await;
        if tail.response.status() != 200 {
            break tail.response;
        }
        tails.push(tail);
    };
    assert_eq!(refused.status(), 503);
    let message = refused.text().await.unwrap();
    let expected = format!("{} log tails are open", tails.len());
    assert!(message.contains(&expected), "{message}");

    // Other questions are answered.
    assert_eq!(get(&backend, "/api/clew/v1/logs").await.status, 200);
    drop(tails.pop());
    let again = async {
        loop {
            let tail = Tail::open(&client, &backend, "").await;
            if tail.response.status() == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("one has ended");
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let backend = Backend::start_with_logs();
    for (query, expected) in [
        ("?severity=loud", "'severity': 'loud' is none of trace"),
        ("?start=5", "'start': it is none of service, text"),
        ("?limit=5", "'limit': it is none of service, text"),
        ("?order=oldest", "'order': it is none of service, text"),
        ("?trace=xyz", "'trace': 'xyz' is not a trace id"),
    ] {
        let answer = get(&backend, &format!("{LIVE}{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.contains(expected), "{message}");
    }
}

/// A backend that keeps spans alone has nothing to follow.
#[tokio::test]
async fn without_a_store_of_them_there_is_no_such_path() {
    let backend = Backend::start();
    assert_eq!(get(&backend, LIVE).await.status, 404);
}
