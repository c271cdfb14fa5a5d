//! Why a backend gave no answer.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;

use super::TypedTraceId;
use crate::error::CommandError;

/// Why a backend gave no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands) enum BackendError {
    /// It cannot be printed.
    #[error("cannot print the answer")]
    Output(#[source] io::Error),
    /// This machine's HTTP client cannot be set up.
    #[error("cannot set up an HTTP client")]
    Setup(#[source] reqwest::Error),
    /// Nothing takes a connection there.
    #[error("nothing listens at {url}")]
    Unreachable {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// The connection broke.
    #[error("the connection to {url} broke")]
    Broken {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// The other side closed the connection.
    #[error("{url} has closed the connection")]
    Closed { url: String },
    /// Nothing comes, not even a sign of life.
    #[error("nothing has come from {url} for {} s", after.as_secs())]
    Silent { url: String, after: Duration },
    /// It cannot answer at the moment.
    #[error("{url} cannot answer: {message}")]
    Unavailable { url: String, message: String },
    /// It does not take the question for one.
    #[error("{url} refuses the question: {message}")]
    Refused { url: String, message: String },
    /// It has no such thing.
    #[error("{url} says: {message}")]
    NotFound { url: String, message: String },
    /// It has no such trace.
    #[error("{url} says: {problem}")]
    NoTrace { url: String, problem: String },
    /// A Clew that keeps spans alone, or an old one.
    #[error("the Clew at {url} keeps no log records")]
    NoLogs { url: String },
    /// Something else.
    #[error("what listens at {url} does not answer as Clew does: {problem}")]
    NotClew { url: String, problem: String },
}

impl BackendError {
    /// What an answer with this status, which is no success, means.
    pub(in crate::commands) fn of_answer(
        url: String,
        status: StatusCode,
        message: Option<String>,
    ) -> Self {
        match (status, message) {
            (_, message) if status.is_server_error() => Self::Unavailable {
                url,
                message: message.unwrap_or_else(|| status.to_string()),
            },
            (StatusCode::NOT_FOUND, Some(message)) => Self::NotFound { url, message },
            (_, Some(message)) => Self::Refused { url, message },
            (_, None) => Self::NotClew {
                url,
                problem: format!("it says {status}"),
            },
        }
    }

    /// The error of a question about these traces: of one that is not there, it says what was typed.
    pub(in crate::commands) fn about(self, traces: &[&TypedTraceId]) -> Self {
        let Self::NotFound { url, message } = self else {
            return self;
        };
        // Of one trace alone Clew does not say the id. Of an old Clew it may be the path that is not there.
        let missing = match traces {
            [one] if message == "trace not found" => Some(one),
            several => several.iter().find(|it| message.contains(it.as_str())),
        };
        match missing {
            Some(trace) => Self::no_trace(url, trace),
            None => Self::NotFound { url, message },
        }
    }

    /// That the backend has nothing of this trace.
    pub(in crate::commands) fn no_trace(url: String, trace: &TypedTraceId) -> Self {
        Self::NoTrace {
            url,
            problem: trace.not_found(),
        }
    }

    /// Whether the same may go well a moment later.
    pub(in crate::commands) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::Closed { .. }
            | Self::Silent { .. }
            | Self::Unavailable { .. } => true,
            Self::Output(_)
            | Self::Setup(_)
            | Self::Refused { .. }
            | Self::NotFound { .. }
            | Self::NoTrace { .. }
            | Self::NoLogs { .. }
            | Self::NotClew { .. } => false,
        }
    }

    /// What the command fails with.
    pub(in crate::commands) fn into_command_error(self) -> CommandError {
        if matches!(self, Self::Output(_) | Self::Setup(_)) {
            return CommandError::Internal(Box::new(self));
        }
        let problem = CommandError::user(self.in_short());
        match self.hint() {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        }
    }

    /// The error and its first cause: what stands between the two is of the HTTP client.
    pub(in crate::commands) fn in_short(&self) -> String {
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        match causes.last() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// What to do about it.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } => {
                Some("start it with `clew serve`, or say with --server where it is")
            }
            Self::NotClew { .. } => Some(
                "say with --server where Clew shows its pages, which is on port 16686 by itself",
            ),
            Self::NoLogs { .. } => {
                Some("is it an old version, or one with a store for spans alone?")
            }
            _ => None,
        }
    }
}
