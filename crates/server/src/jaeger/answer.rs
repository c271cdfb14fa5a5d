//! The envelope that every answer comes in, and the errors.

use axum::response::{IntoResponse, Response};
use clew_model::TraceId;
use clew_store::StoreError;
use http::StatusCode;
use http::header::{self, HeaderValue};
use serde::Serialize;

use super::parameters::Parameters;
use super::trace::{JaegerTrace, JaegerTraceId};

/// What Jaeger says of a trace that is not there; clients compare it.
const TRACE_NOT_FOUND: &str = "trace not found";

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

/// A trace that was asked for among others and is not there.
pub(super) struct Missing(pub(super) TraceId);

/// A list with its length as the total.
pub(super) fn list<T: Serialize>(data: &[T], parameters: &Parameters<'_>) -> Response {
    let envelope = Envelope {
        data: Some(data),
        total: data.len(),
        limit: 0,
        offset: 0,
        errors: None,
    };
    json(StatusCode::OK, &envelope, parameters.pretty())
}

/// Traces, whose total Jaeger does not tell.
pub(super) fn traces(data: &[JaegerTrace<'_>], missing: &[Missing], pretty: bool) -> Response {
    let errors = missing.iter().map(|&Missing(id)| ErrorEntry {
        code: None,
        msg: TRACE_NOT_FOUND.to_owned(),
        trace_id: Some(JaegerTraceId(id)),
    });
    let envelope = Envelope {
        data: Some(data),
        total: 0,
        limit: 0,
        offset: 0,
        errors: (!missing.is_empty()).then(|| errors.collect()),
    };
    json(StatusCode::OK, &envelope, pretty)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// A parameter does not say what it should.
    #[error("parameter '{name}': {problem}")]
    Parameter { name: String, problem: String },
    /// There is no such trace.
    #[error("{TRACE_NOT_FOUND}")]
    TraceNotFound,
    /// There is no such path.
    #[error("there is no such path in Jaeger's API, or not in this version of Clew")]
    NoSuchPath,
    /// The path answers to GET alone.
    #[error("only GET is understood here")]
    Method,
    /// The question is too large for its bounds.
    #[error("{0}; ask for fewer traces or a shorter time")]
    TooLarge(StoreError),
    /// The store could not read. Why is not for everyone who can ask: it names files.
    #[error("the store cannot answer, and Clew's log says why")]
    Store(StoreError),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LimitExceeded { .. } | StoreError::Deadline => Self::TooLarge(error),
            error => Self::Store(error),
        }
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Parameter { .. } => StatusCode::BAD_REQUEST,
            Self::TraceNotFound | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(StoreError::Deadline) => StatusCode::GATEWAY_TIMEOUT,
            Self::TooLarge(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(StoreError::TryLater { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            let error: &dyn std::error::Error = error;
            tracing::error!(error, "a query failed");
        }
        let status = self.status();
        let envelope = Envelope::<()> {
            data: None,
            total: 0,
            limit: 0,
            offset: 0,
            errors: Some(vec![ErrorEntry {
                code: Some(status.as_u16()),
                msg: self.to_string(),
                trace_id: None,
            }]),
        };
        json(status, &envelope, false)
    }
}

fn json(status: StatusCode, body: &impl Serialize, pretty: bool) -> Response {
    let text = if pretty {
        serde_json::to_vec_pretty(body)
    } else {
        serde_json::to_vec(body)
    };
    match text {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                // The next span may change any answer.
                (header::CACHE_CONTROL, "no-store"),
                // Should a browser show the answer as a page, nothing in it may run (promise U1).
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value)));
            (status, headers, text).into_response()
        }
        // No map here has keys other than strings, and nothing else can fail.
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
