//! The parameters of a request, by name. Unknown ones are passed over, wrong ones refused.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::Duration;

use clew_model::{SpanKind, TraceId};
use url::form_urlencoded;

use super::answer::ApiError;
use super::{duration, kind_of};

/// As many hexadecimal digits as a trace id has.
const TRACE_ID_DIGITS: usize = 32;

/// The parameters, in the order given.
pub(super) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(query: Option<&'a str>) -> Self {
        let query = query.unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// All values of a name, empty ones included.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, value)| value.as_ref())
    }

    /// The first value of a name; an empty one counts as none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// The first value of a name that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)
            .ok_or_else(|| bad(name, "it is required here"))
    }

    /// A whole number within a range.
    pub(super) fn number(
        &self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>, ApiError> {
        self.read(name, |text| {
            text.parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| {
                    let (least, most) = (range.start(), range.end());
                    format!("'{text}' is no whole number from {least} to {most}")
                })
        })
    }

    /// A point in time, in microseconds since the Unix epoch.
    pub(super) fn time(&self, name: &str) -> Result<Option<Duration>, ApiError> {
        self.read(name, |text| {
            text.parse()
                .ok()
                .map(Duration::from_micros)
                .ok_or_else(|| format!("'{text}' is no time in microseconds since 1970"))
        })
    }

    /// A length of time, as Go writes it.
    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, ApiError> {
        self.read(name, |text| {
            duration::parse(text)
                .ok_or_else(|| format!("'{text}' is no duration such as 1.5ms, 2s or 1m30s"))
        })
    }

    /// The kind of a span.
    pub(super) fn span_kind(&self, name: &str) -> Result<Option<SpanKind>, ApiError> {
        self.read(name, |text| {
            kind_of(text).ok_or_else(|| {
                format!("'{text}' is none of internal, server, client, producer and consumer")
            })
        })
    }

    /// Yes or no, in the spellings that Go takes; no if it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        let flag = self.read(name, |text| match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(format!("'{text}' is neither true nor false")),
        })?;
        Ok(flag.unwrap_or_default())
    }

    /// Whether the answer should be laid out for a reader; Jaeger takes any word but `false`.
    pub(super) fn pretty(&self) -> bool {
        self.text("prettyPrint").is_some_and(|text| text != "false")
    }

    fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ApiError> {
        self.text(name)
            .map(read)
            .transpose()
            .map_err(|problem| bad(name, problem))
    }
}

/// A trace id of up to 32 digits: those of systems with 64-bit ids are written shorter.
pub(super) fn trace_id(name: &str, text: &str) -> Result<TraceId, ApiError> {
    let problem = || {
        let problem =
            format!("'{text}' is no trace id, which has 1 to 32 hexadecimal digits, not all zero");
        bad(name, problem)
    };
    if text.is_empty() || text.len() > TRACE_ID_DIGITS {
        return Err(problem());
    }
    format!("{text:0>TRACE_ID_DIGITS$}")
        .parse()
        .map_err(|_| problem())
}

/// The refusal of a parameter.
pub(super) fn bad(name: &str, problem: impl Into<String>) -> ApiError {
    ApiError::Parameter {
        name: name.to_owned(),
        problem: problem.into(),
    }
}
