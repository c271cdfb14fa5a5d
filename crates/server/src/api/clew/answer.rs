//! What answers look like, but for that of a whole trace.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use clew_query::{Page, Root, ServiceSummary, TraceSummary};
use clew_store::{Answer, TopValues};
use http::header::{self, HeaderValue};
use serde::Serialize;

use super::search::write_cursor;
use crate::api::Failure;
use crate::api::stream::json_response;

/// Values, and how many spans, or log records, have each.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValuesJson {
    values: Vec<ValueJson>,
    has_more: bool,
    /// Why not all that is stored was looked at, if it was not.
    partial: Option<String>,
}

#[derive(Serialize)]
struct ValueJson {
    value: String,
    #[serde(flatten)]
    count: Count,
}

/// How many there are, under the name of what is counted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Count {
    Spans(u64),
    Records(u64),
}

impl ValuesJson {
    /// Values of spans.
    pub(super) fn of_spans(answer: &Answer<TopValues>) -> Self {
        Self::new(answer, Count::Spans)
    }

    /// Values of log records.
    pub(super) fn of_log_records(answer: &Answer<TopValues>) -> Self {
        Self::new(answer, Count::Records)
    }

    fn new(answer: &Answer<TopValues>, count: fn(u64) -> Count) -> Self {
        let TopValues { values, has_more } = &answer.value;
        let values = values.iter().map(|it| ValueJson {
            value: it.value.to_string(),
            count: count(it.spans),
        });
        Self {
            values: values.collect(),
            has_more: *has_more,
            partial: answer.coverage.partial().map(str::to_owned),
        }
    }
}

/// A page of a search.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageJson {
    traces: Vec<SummaryJson>,
    /// What to ask with as `after` for the next page.
    next: Option<String>,
    /// Why not all that is stored was looked at, if it was not.
    partial: Option<String>,
}

impl PageJson {
    pub(super) fn new(page: &Page) -> Self {
        Self {
            traces: page.traces.iter().map(SummaryJson::new).collect(),
            next: page.next.as_ref().map(write_cursor),
            partial: page.coverage.partial().map(str::to_owned),
        }
    }
}

/// A trace in one line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SummaryJson {
    trace_id: String,
    root: RootJson,
    start_time_unix_nano: String,
    duration_nano: String,
    spans: u64,
    errors: u64,
    services: Vec<ServiceJson>,
    services_left_out: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RootJson {
    service: Option<String>,
    name: String,
    is_missing: bool,
}

#[derive(Serialize)]
struct ServiceJson {
    name: Option<String>,
    spans: u64,
    errors: u64,
}

impl SummaryJson {
    pub(super) fn new(summary: &TraceSummary) -> Self {
        let Root {
            service,
            name,
            is_missing,
        } = summary.root.clone();
        Self {
            trace_id: summary.id.to_string(),
            root: RootJson {
                service,
                name,
                is_missing,
            },
            start_time_unix_nano: summary.start.unix_nanos().to_string(),
            duration_nano: summary.duration.as_nanos().to_string(),
            spans: summary.spans,
            errors: summary.errors,
            services: summary.services.iter().map(ServiceJson::new).collect(),
            services_left_out: summary.services_left_out,
        }
    }
}

impl ServiceJson {
    fn new(service: &ServiceSummary) -> Self {
        Self {
            name: service.name.clone(),
            spans: service.spans,
            errors: service.errors,
        }
    }
}

/// A failure as `{"error": {"status": 400, "message": "…"}}`.
#[derive(Debug)]
pub(super) struct ClewFailure(Failure);

#[derive(Serialize)]
struct ErrorJson {
    status: u16,
    message: String,
}

impl<E: Into<Failure>> From<E> for ClewFailure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ClewFailure {
    fn into_response(self) -> Response {
        let Self(failure) = self;
        failure.report();
        let status = failure.status();
        let error = ErrorJson {
            status: status.as_u16(),
            message: failure.to_string(),
        };
        let body = serde_json::json!({ "error": error }).to_string();
        let mut response = json_response(Body::from(body));
        *response.status_mut() = status;
        if let Some(delay) = failure.retry_after() {
            let seconds = HeaderValue::from(delay.as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
