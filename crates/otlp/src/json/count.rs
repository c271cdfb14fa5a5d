//! How many records a request of another signal carries, for the answer that none was kept.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::JsonError;
use super::excerpt::unexpected_text;
use super::object::{Field, Nullable, Seen, next_field};
use super::surrogate::replace_lone_surrogates;

/// How many log records an `ExportLogsServiceRequest` in JSON has.
///
/// # Errors
/// If the text is not such a message.
pub fn count_log_records_json(request: Bytes) -> Result<u64, JsonError> {
    count(request, &LOGS_REQUEST)
}

/// How many data points an `ExportMetricsServiceRequest` in JSON has.
///
/// # Errors
/// If the text is not such a message.
pub fn count_data_points_json(request: Bytes) -> Result<u64, JsonError> {
    count(request, &METRICS_REQUEST)
}

fn count(request: Bytes, message: &'static Message) -> Result<u64, JsonError> {
    let request = replace_lone_surrogates(request);
    let mut count = 0;
    let mut json = serde_json::Deserializer::from_slice(&request);
    let counter = Counter {
        message,
        count: &mut count,
    };
    counter.deserialize(&mut json)?;
    json.end()?;
    Ok(count)
}

/// A message, of which only what leads to records is read.
#[derive(Debug)]
struct Message {
    fields: &'static [Field<Step>],
    /// How many records it is itself.
    records: u64,
}

/// What a field leads to.
#[derive(Debug, Clone, Copy)]
enum Step {
    Message(&'static Message),
    List(&'static Message),
}

const fn message(fields: &'static [Field<Step>]) -> Message {
    Message { fields, records: 0 }
}

const fn field(name: &'static str, value: Step) -> Field<Step> {
    Field { name, value }
}

static LOGS_REQUEST: Message = message(&[field("resourceLogs", Step::List(&RESOURCE_LOGS))]);
static RESOURCE_LOGS: Message = message(&[field("scopeLogs", Step::List(&SCOPE_LOGS))]);
static SCOPE_LOGS: Message = message(&[field("logRecords", Step::List(&RECORD))]);

static METRICS_REQUEST: Message =
    message(&[field("resourceMetrics", Step::List(&RESOURCE_METRICS))]);
static RESOURCE_METRICS: Message = message(&[field("scopeMetrics", Step::List(&SCOPE_METRICS))]);
static SCOPE_METRICS: Message = message(&[field("metrics", Step::List(&METRIC))]);
/// It has the field of its kind only.
static METRIC: Message = message(&[
    field("gauge", Step::Message(&DATA_POINTS)),
    field("sum", Step::Message(&DATA_POINTS)),
    field("histogram", Step::Message(&DATA_POINTS)),
    field("exponentialHistogram", Step::Message(&DATA_POINTS)),
    field("summary", Step::Message(&DATA_POINTS)),
]);
static DATA_POINTS: Message = message(&[field("dataPoints", Step::List(&RECORD))]);

/// A log record or a data point.
static RECORD: Message = Message {
    fields: &[],
    records: 1,
};

/// Counts the records of a message.
struct Counter<'a> {
    message: &'static Message,
    count: &'a mut u64,
}

impl<'de> DeserializeSeed<'de> for Counter<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counter<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut object: M) -> Result<(), M::Error> {
        *self.count += self.message.records;
        let mut seen = Seen::default();
        while let Some(position) = next_field(&mut object, self.message.fields)? {
            let field = &self.message.fields[position];
            seen.add(field, position)?;
            object.next_value_seed(Nullable(Value {
                step: field.value,
                count: &mut *self.count,
            }))?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        Err(unexpected_text(text, &self))
    }
}

/// Counts the records of what a field leads to.
struct Value<'a> {
    step: Step,
    count: &'a mut u64,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let count = self.count;
        match self.step {
            Step::Message(message) => Counter { message, count }.deserialize(deserializer),
            Step::List(message) => deserializer.deserialize_any(List { message, count }),
        }
    }
}

/// Counts the records of each message of a list.
struct List<'a> {
    message: &'static Message,
    count: &'a mut u64,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        loop {
            let counter = Counter {
                message: self.message,
                count: &mut *self.count,
            };
            if list.next_element_seed(counter)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        Err(unexpected_text(text, &self))
    }
}

#[cfg(test)]
mod tests;
