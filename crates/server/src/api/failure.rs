//! Why there is no answer, whichever API was asked.

use std::time::Duration;

use clew_model::TraceId;
use clew_store::StoreError;
use http::StatusCode;

/// When to come again if there was no room: the queries that have it are over by then, mostly.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A parameter does not say what it should.
    #[error("parameter '{name}': {problem}")]
    Parameter { name: String, problem: String },
    /// There is no such trace.
    #[error("trace not found")]
    TraceNotFound,
    /// Of several traces there is not this one.
    #[error("trace {id} not found")]
    NoSuchTrace { id: TraceId },
    /// The trace may be there, and cannot be read.
    #[error("the trace was not found, but {0}")]
    TraceNotReadable(String),
    /// There is no such path.
    #[error("there is no such path in {api}, or not in this version of Clew")]
    NoSuchPath { api: &'static str },
    /// The path answers to GET alone.
    #[error("only GET is understood here")]
    Method,
    /// The question is too large for its bounds.
    #[error("{0}; ask for fewer traces or a shorter time")]
    TooLarge(StoreError),
    /// Others have what this one needs.
    #[error("too many queries are being answered at the moment; try again")]
    Busy,
    /// There are as many tails as there may be.
    #[error("{tails_max} log tails are open, which is as many as there may be; close one of them")]
    TooManyTails { tails_max: usize },
    /// The store could not read. Why is not for everyone who can ask.
    #[error("the store cannot answer, and Clew's log says why")]
    Store(StoreError),
    /// The answer could not be written, which no value that a span has should do.
    #[error("the answer cannot be written as JSON, and Clew's log says why")]
    Json(#[from] serde_json::Error),
    /// Nobody takes the answer any more.
    #[error("the client has left")]
    Gone,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LimitExceeded { .. }
            | StoreError::Deadline
            | StoreError::Unsupported { .. } => Self::TooLarge(error),
            StoreError::TryLater { .. } => Self::Busy,
            StoreError::Cancelled => Self::Gone,
            StoreError::Corrupt { .. } => Self::Store(error),
        }
    }
}

impl Failure {
    /// What HTTP says.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Parameter { .. } => StatusCode::BAD_REQUEST,
            Self::TraceNotFound | Self::NoSuchTrace { .. } | Self::NoSuchPath { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(StoreError::Deadline) => StatusCode::GATEWAY_TIMEOUT,
            Self::TooLarge(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy | Self::Gone | Self::TooManyTails { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Json(_) | Self::TraceNotReadable(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// When the same question may be asked again; `None` if that would not help.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then_some(RETRY_AFTER)
    }

    /// Logs a fault of ours; what a client can put right is told to it alone.
    pub(crate) fn report(&self) {
        match self {
            Self::Store(error) => {
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "a query failed");
            }
            Self::Json(error) => tracing::error!(%error, "an answer could not be written as JSON"),
            _ => {}
        }
    }
}
