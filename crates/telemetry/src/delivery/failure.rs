//! Why a batch did not arrive, and whether it may on another try.

#[cfg(test)]
mod tests;

use std::fmt;

use opentelemetry_sdk::error::OTelSdkError;

use crate::settings::Signal;

/// Why a try failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There was no answer, for the reason given.
    Connection(String),
    /// The answer has this gRPC code.
    Grpc(String),
    /// The answer has this HTTP status.
    Http(String),
    /// The exporter itself has failed.
    Exporter(String),
}

/// What a failed try means for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The backend is away or busy.
    Temporary,
    /// It would refuse the same batch again.
    Permanent,
    /// It does not take this signal.
    Unsupported,
}

impl Failure {
    /// The exporter tells an answer's status in the text of its error alone, in one of three
    /// forms; tests hold them against real answers of both protocols.
    pub(super) fn of(error: &OTelSdkError) -> Self {
        let OTelSdkError::InternalFailure(text) = error else {
            return Self::Exporter(error.to_string());
        };
        if let Some((_, code)) = text.split_once("export failed with gRPC code: ") {
            return match code.rsplit_once(": ") {
                // A cause after the code means that no server has spoken.
                Some((_, cause)) => Self::Connection(cause.to_owned()),
                None => Self::Grpc(code.to_owned()),
            };
        }
        if let Some((_, status)) = text.split_once("HTTP export failed with status code: ") {
            return Self::Http(status.to_owned());
        }
        match text.strip_prefix("HTTP export failed: ") {
            Some(cause) => Self::Connection(cause.to_owned()),
            None => Self::Exporter(text.clone()),
        }
    }

    /// Which answers mean what: <https://opentelemetry.io/docs/specs/otlp/#failures>.
    pub(super) fn verdict(&self, signal: Signal) -> Verdict {
        // Many backends take traces and no logs, which is no reason for alarm.
        let logs_only = match signal {
            Signal::Logs => Verdict::Unsupported,
            Signal::Traces => Verdict::Permanent,
        };
        match self {
            Self::Connection(_) => Verdict::Temporary,
            Self::Grpc(code) => match code.as_str() {
                "Cancelled" | "DeadlineExceeded" | "Aborted" | "OutOfRange" | "Unavailable"
                | "DataLoss" => Verdict::Temporary,
                "Unimplemented" => logs_only,
                _ => Verdict::Permanent,
            },
            Self::Http(status) => match status.as_str() {
                "429" | "502" | "503" | "504" => Verdict::Temporary,
                "404" => logs_only,
                _ => Verdict::Permanent,
            },
            Self::Exporter(_) => Verdict::Permanent,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(text) | Self::Exporter(text) => f.write_str(text),
            Self::Grpc(code) => write!(f, "gRPC status {code}"),
            Self::Http(status) => write!(f, "HTTP status {status}"),
        }
    }
}
