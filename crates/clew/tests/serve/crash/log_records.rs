//! Log records that can be told apart, and a check that each is there as often as it should be.

use std::collections::HashMap;

use bytes::Bytes;
use clew_model::{LogRecord, TraceId};
use clew_testkit::{log_record, logs_request_of, service, span_id, trace_id};
use clew_testkit_server::ClewProcess;
use serde_json::Value as Json;

use super::{ITEMS_A_REQUEST, Sent, Signal};

/// A page of an answer; as many as there may be.
const PAGE_RECORDS: usize = 1_000;

/// How far requests are apart in time: no two log records have the same, as with real ones.
const REQUEST_SECONDS: u64 = ITEMS_A_REQUEST as u64;

/// The log records of the request of this number.
pub(super) fn request_of(number: u64) -> Bytes {
    let cart = service("cart");
    let records: Vec<_> = (1..=ITEMS_A_REQUEST as u64)
        .map(|id| LogRecord {
            trace_id: Some(trace_id(number.into())),
            span_id: Some(span_id(id)),
            flags: 1,
            ..log_record(&cart, &text(number, id), number * REQUEST_SECONDS + id)
        })
        .collect();
    logs_request_of(&records)
}

/// How many log records there are of this trace.
pub(super) async fn count(client: &reqwest::Client, clew: &ClewProcess, id: TraceId) -> usize {
    let page = page(client, clew, &format!("&trace={id}")).await;
    page["records"].as_array().expect("a list").len()
}

/// Checks that there is every acknowledged log record once, of every other request each once or none,
/// and nothing that was never sent: numbers are below `next`.
pub(super) async fn check(
    clew: &ClewProcess,
    client: &reqwest::Client,
    acknowledged: &[Sent],
    next: u64,
) {
    let mut found = all(client, clew).await;
    let of_logs = acknowledged.iter();
    for &Sent { number, .. } in of_logs.filter(|it| it.signal == Signal::LogRecords) {
        let times = take(&mut found, number);
        let expected = [1; ITEMS_A_REQUEST];
        assert_eq!(times, expected, "W1: request {number} was acknowledged");
    }
    // These were under way: a request is kept as a whole or not at all.
    for number in 1..next {
        let times = take(&mut found, number);
        assert!(
            times == [0; ITEMS_A_REQUEST] || times == [1; ITEMS_A_REQUEST],
            "request {number} is there in part, or twice: {times:?}"
        );
    }
    assert!(found.is_empty(), "never sent: {found:?}");
}

/// How often each log record of this request was found; it is no longer in `found`.
fn take(found: &mut HashMap<String, usize>, number: u64) -> Vec<usize> {
    let ids = 1..=ITEMS_A_REQUEST as u64;
    ids.map(|id| found.remove(&text(number, id)).unwrap_or(0))
        .collect()
}

fn text(number: u64, id: u64) -> String {
    format!("request {number}, log record {id}")
}

/// All log records, page by page: what they say, and how often.
async fn all(client: &reqwest::Client, clew: &ClewProcess) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let mut after = String::new();
    loop {
        let page = page(client, clew, &after).await;
        assert_eq!(page["partial"], Json::Null);
        for record in page["records"].as_array().expect("a list") {
            let text = record["body"]["stringValue"].as_str().expect("a text");
            *found.entry(text.to_owned()).or_default() += 1;
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

async fn page(client: &reqwest::Client, clew: &ClewProcess, query: &str) -> Json {
    let address = clew.http();
    let url = format!("http://{address}/api/clew/v1/logs?limit={PAGE_RECORDS}{query}");
    let answer = client.get(&url).send().await.expect("it answers");
    assert_eq!(answer.status(), 200, "{url}");
    answer.json().await.expect("the answer is JSON")
}
