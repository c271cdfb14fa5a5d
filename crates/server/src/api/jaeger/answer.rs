//! The envelope that every answer comes in, and the errors.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use clew_model::TraceId;
use clew_store::Coverage;
use http::header::{self, HeaderValue};
use serde::Serialize;

use super::trace::JaegerTraceId;
use crate::api::Failure;
use crate::api::stream::{JsonWriter, json_response};

#[derive(Serialize)]
struct Envelope<'a, T: ?Sized> {
    data: Option<&'a T>,
    total: usize,
    limit: usize,
    offset: usize,
    errors: Option<Vec<ErrorEntry>>,
}

#[derive(Serialize)]
struct ErrorEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    msg: String,
    #[serde(rename = "traceID", skip_serializing_if = "Option::is_none")]
    trace_id: Option<JaegerTraceId>,
}

impl ErrorEntry {
    /// Says why an answer is about a part of what is stored, if it is. Jaeger's format has no other
    /// place for that.
    fn of_coverage(coverage: &Coverage) -> Option<Self> {
        coverage.partial().map(|why| Self {
            code: None,
            msg: why.to_owned(),
            trace_id: None,
        })
    }
}

/// Writes a list, with its length as the total.
pub(super) fn write_list<T: Serialize>(
    json: &mut JsonWriter,
    data: &[T],
    coverage: &Coverage,
) -> Result<(), Failure> {
    json.value(&Envelope {
        data: Some(data),
        total: data.len(),
        limit: 0,
        offset: 0,
        errors: ErrorEntry::of_coverage(coverage).map(|error| vec![error]),
    })
}

/// Writes a list in the form of the second generation: under a name of its own, without an envelope.
/// That has no place at all to say that the list is about a part; clients pass over other fields.
pub(super) fn write_named_list<T: Serialize>(
    json: &mut JsonWriter,
    name: &'static str,
    list: &[T],
    coverage: &Coverage,
) -> Result<(), Failure> {
    json.raw("{");
    json.value(name)?;
    json.raw(":");
    json.value(list)?;
    if let Some(error) = ErrorEntry::of_coverage(coverage) {
        json.raw(r#","errors":"#);
        json.value(&[error])?;
    }
    json.raw("}");
    Ok(())
}

/// What stands before the traces of an answer.
pub(super) const TRACES_START: &str = r#"{"data":["#;

/// Writes what stands after them: Jaeger does not tell their total, and has an error for each that
/// was asked for by its id and is not there.
pub(super) fn write_traces_end(
    json: &mut JsonWriter,
    missing: &BTreeSet<TraceId>,
    coverage: &Coverage,
) -> Result<(), Failure> {
    let missing = missing.iter().map(|&id| ErrorEntry {
        code: None,
        msg: Failure::TraceNotFound.to_string(),
        trace_id: Some(JaegerTraceId(id)),
    });
    let errors: Vec<_> = ErrorEntry::of_coverage(coverage)
        .into_iter()
        .chain(missing)
        .collect();
    json.raw(r#"],"total":0,"limit":0,"offset":0,"errors":"#);
    json.value(&(!errors.is_empty()).then_some(errors))?;
    json.raw("}");
    Ok(())
}

/// A failure in Jaeger's envelope.
#[derive(Debug)]
pub(super) struct JaegerFailure(Failure);

impl<E: Into<Failure>> From<E> for JaegerFailure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for JaegerFailure {
    fn into_response(self) -> Response {
        let Self(failure) = self;
        failure.report();
        let status = failure.status();
        let envelope = Envelope::<()> {
            data: None,
            total: 0,
            limit: 0,
            offset: 0,
            errors: Some(vec![ErrorEntry {
                code: Some(status.as_u16()),
                msg: failure.to_string(),
                trace_id: None,
            }]),
        };
        // Text and numbers, which can be written.
        let text = serde_json::to_string(&envelope).unwrap_or_default();
        let mut response = json_response(Body::from(text));
        *response.status_mut() = status;
        if let Some(delay) = failure.retry_after() {
            let seconds = HeaderValue::from(delay.as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
