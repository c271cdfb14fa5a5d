//! The parameters of a request, by name. Wrong ones are refused; unknown ones are passed over, unless
//! an endpoint refuses them.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use clew_model::{SpanKind, Timestamp, TraceId};
use url::form_urlencoded;

use super::stream::Layout;
use super::{Failure, duration};

/// The kinds that have names.
pub(in crate::api) const KINDS: [SpanKind; 5] = [
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];

/// What a kind is called; `None` for those that have no name.
pub(in crate::api) fn kind_name(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Internal => Some("internal"),
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
        SpanKind::Other(_) => None,
    }
}

/// The kind of this name.
pub(in crate::api) fn kind_of(name: &str) -> Option<SpanKind> {
    KINDS
        .into_iter()
        .find(|&kind| kind_name(kind) == Some(name))
}

/// As many hexadecimal digits as a trace id has.
const TRACE_ID_DIGITS: usize = 32;

/// The parameters, in the order given.
pub(in crate::api) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Reads what stands behind the question mark.
    pub(in crate::api) fn parse(query: Option<&'a str>) -> Self {
        let query = query.unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// Reads the fields of a protobuf message, which clients may spell as the message's definition
    /// does, in `snake_case`, or as its JSON does: here they are all in `camelCase`.
    ///
    /// Source: <https://protobuf.dev/programming-guides/json/#field-names>.
    pub(in crate::api) fn parse_fields(query: Option<&'a str>) -> Self {
        let Self(mut fields) = Self::parse(query);
        for (name, _) in &mut fields {
            if name.contains('_') {
                *name = camel_case(name).into();
            }
        }
        Self(fields)
    }

    /// Refuses any other than these: a misspelt condition would find what was not asked for.
    pub(in crate::api) fn only(&self, known: &[&str]) -> Result<(), Failure> {
        const FOR_ALL: &str = "prettyPrint";

        let is_known = |name: &str| name == FOR_ALL || known.contains(&name);
        match self.0.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) if known.is_empty() => Err(bad(name, "nothing is asked for here")),
            Some((name, _)) => {
                let known = known.join(", ");
                Err(bad(name, format!("it is none of {known}")))
            }
        }
    }

    /// All values of a name, empty ones included.
    pub(in crate::api) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, value)| value.as_ref())
    }

    /// The first value of a name; an empty one counts as none.
    pub(in crate::api) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// The first value of a name that must be there.
    pub(in crate::api) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name)
            .ok_or_else(|| bad(name, "it is required here"))
    }

    /// A whole number within a range.
    pub(in crate::api) fn number(
        &self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>, Failure> {
        self.read(name, |text| {
            text.parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| {
                    let (least, most) = (range.start(), range.end());
                    format!("'{text}' is not a whole number from {least} to {most}")
                })
        })
    }

    /// A point in time, in microseconds since the Unix epoch.
    pub(in crate::api) fn time(&self, name: &str) -> Result<Option<Duration>, Failure> {
        self.read(name, |text| {
            text.parse()
                .ok()
                .map(Duration::from_micros)
                .ok_or_else(|| format!("'{text}' is not a time in microseconds since 1970"))
        })
    }

    /// A length of time, as Go writes it.
    pub(in crate::api) fn duration(&self, name: &str) -> Result<Option<Duration>, Failure> {
        self.read(name, |text| {
            duration::parse(text)
                .ok_or_else(|| format!("'{text}' is not a duration such as 1.5ms, 2s or 1m30s"))
        })
    }

    /// The kind of a span.
    pub(in crate::api) fn span_kind(&self, name: &str) -> Result<Option<SpanKind>, Failure> {
        self.read(name, |text| {
            kind_of(text).ok_or_else(|| {
                format!("'{text}' is none of internal, server, client, producer and consumer")
            })
        })
    }

    /// Yes or no, in the spellings that Go takes; no if it is not there.
    pub(in crate::api) fn flag(&self, name: &str) -> Result<bool, Failure> {
        let flag = self.read(name, |text| match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(format!("'{text}' is neither true nor false")),
        })?;
        Ok(flag.unwrap_or_default())
    }

    /// Whether the answer should be laid out for a reader; Jaeger takes any word but `false`.
    pub(in crate::api) fn layout(&self) -> Layout {
        match self.text("prettyPrint") {
            None | Some("false") => Layout::Compact,
            Some(_) => Layout::Pretty,
        }
    }

    /// The first value of a name, as `read` understands it; an empty one counts as none.
    pub(in crate::api) fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        self.text(name)
            .map(read)
            .transpose()
            .map_err(|problem| bad(name, problem))
    }
}

/// Leaves each underscore out, and raises the letter that stands behind it.
fn camel_case(snake_case: &str) -> String {
    let mut name = String::with_capacity(snake_case.len());
    let mut is_raised = false;
    for character in snake_case.chars() {
        match character {
            '_' => is_raised = true,
            _ if is_raised => {
                name.push(character.to_ascii_uppercase());
                is_raised = false;
            }
            _ => name.push(character),
        }
    }
    name
}

/// A trace id of up to 32 digits: those of systems with 64-bit ids are written shorter.
pub(in crate::api) fn trace_id(name: &str, text: &str) -> Result<TraceId, Failure> {
    let problem = || {
        let problem = format!(
            "'{text}' is not a trace id, which has 1 to 32 hexadecimal digits, not all zero"
        );
        bad(name, problem)
    };
    if text.is_empty() || text.len() > TRACE_ID_DIGITS {
        return Err(problem());
    }
    format!("{text:0>TRACE_ID_DIGITS$}")
        .parse()
        .map_err(|_| problem())
}

/// The time by this machine's clock; the Unix epoch if that is set to before it.
pub(in crate::api) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.unwrap_or_default().as_nanos();
    Timestamp::from_unix_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// The point in time that is so much earlier, or the Unix epoch.
pub(in crate::api) fn before(time: Timestamp, length: Duration) -> Timestamp {
    let length = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
    Timestamp::from_unix_nanos(time.unix_nanos().saturating_sub(length))
}

/// A part of the path, or several, which a client may write in bytes that are no text.
pub(in crate::api) fn path_part<T>(
    name: &str,
    part: Result<Path<T>, PathRejection>,
) -> Result<T, Failure> {
    let Path(texts) = part.map_err(|_| bad(name, "it is not UTF-8"))?;
    Ok(texts)
}

/// The refusal of a parameter.
pub(in crate::api) fn bad(name: &str, problem: impl Into<String>) -> Failure {
    Failure::Parameter {
        name: name.to_owned(),
        problem: problem.into(),
    }
}
