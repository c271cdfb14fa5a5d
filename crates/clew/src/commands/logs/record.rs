//! Log records, as the backend tells them and as JSON of one line.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::super::backend::escaped;

/// What a service is called by, among the attributes of its resource.
const SERVICE_NAME: &str = "service.name";

/// A log record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    /// When it happened or else, if that is not known, when it was observed; `None` if neither is.
    #[serde(serialize_with = "with_nanos")]
    pub(super) time: Option<Timestamp>,
    /// Its level, such as `error`.
    pub(super) severity: Option<String>,
    /// What its program calls that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) severity_text: String,
    pub(super) service: Option<String>,
    pub(super) body: Json,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) event_name: String,
    pub(super) attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) span_id: Option<String>,
    #[serde(serialize_with = "shared")]
    resource: Arc<Attributes>,
    #[serde(serialize_with = "shared", skip_serializing_if = "is_nameless")]
    scope: Arc<Scope>,
}

/// Names and values, in their order.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(from = "Vec<AttributeWire>")]
pub(super) struct Attributes(pub(super) Vec<(String, Json)>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Scope {
    name: String,
    version: String,
}

/// What `GET /api/clew/v1/logs` answers. Each part is understood by itself, so that one which is nested
/// too deep spoils nothing but itself.
#[derive(Deserialize)]
struct PageWire<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
    #[serde(borrow)]
    resources: Vec<&'a RawValue>,
    #[serde(borrow)]
    scopes: Vec<&'a RawValue>,
    next: Option<String>,
    partial: Option<String>,
}

/// A log record with its resource and its scope, or with their numbers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordWire<R, S> {
    time_unix_nano: String,
    observed_time_unix_nano: String,
    level: Option<String>,
    #[serde(default)]
    severity_text: String,
    body: Json,
    attributes: Attributes,
    trace_id: Option<String>,
    span_id: Option<String>,
    #[serde(default)]
    event_name: String,
    resource: R,
    scope: S,
}

#[derive(Deserialize)]
struct ResourceWire {
    attributes: Attributes,
}

#[derive(Deserialize)]
struct AttributeWire {
    key: String,
    value: Json,
}

/// A page of log records, the newest last.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) records: Vec<Record>,
    /// After what there are older ones, if there are.
    pub(super) next: Option<String>,
    /// How many could not be understood.
    pub(super) unreadable: usize,
    /// Why not all that is stored was looked at, if it was not.
    pub(super) partial: Option<String>,
}

impl Page {
    /// Reads the answer to a search for the newest.
    pub(super) fn parse(answer: &[u8]) -> serde_json::Result<Self> {
        let wire: PageWire<'_> = serde_json::from_slice(answer)?;
        let resources = numbered(&wire.resources, |it: ResourceWire| it.attributes);
        let scopes = numbered(&wire.scopes, |it: Scope| it);
        let read = |raw: &RawValue| {
            let record: RecordWire<usize, usize> = serde_json::from_str(raw.get()).ok()?;
            record.understand(|resource, scope| {
                let resource = Arc::clone(resources.get(&resource)?);
                Some((resource, Arc::clone(scopes.get(&scope)?)))
            })
        };
        let newest_last = wire.records.iter().rev();
        let records: Vec<_> = newest_last.filter_map(|raw| read(raw)).collect();
        Ok(Self {
            unreadable: wire.records.len() - records.len(),
            records,
            next: wire.next,
            partial: wire.partial,
        })
    }
}

/// Those that can be understood, by their numbers.
fn numbered<W: for<'a> Deserialize<'a>, T>(
    all: &[&RawValue],
    of: impl Fn(W) -> T,
) -> HashMap<usize, Arc<T>> {
    let read = |(number, raw): (usize, &&RawValue)| {
        let wire = serde_json::from_str(raw.get()).ok()?;
        Some((number, Arc::new(of(wire))))
    };
    all.iter().enumerate().filter_map(read).collect()
}

impl Record {
    /// Reads the data of an event; `None` if it cannot be understood.
    pub(super) fn parse_event(data: &str) -> Option<Self> {
        let wire: RecordWire<ResourceWire, Scope> = serde_json::from_str(data).ok()?;
        wire.understand(|resource, scope| Some((Arc::new(resource.attributes), Arc::new(scope))))
    }

    /// All of it in JSON on one line, of which a terminal acts upon nothing.
    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        Ok(escaped(&serde_json::to_string(self)?))
    }

    /// What tells it from others: the backend knows one that was sent again by its content as well.
    pub(super) fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        // Nothing in it keeps it from being written.
        serde_json::to_string(self)
            .unwrap_or_default()
            .hash(&mut hasher);
        hasher.finish()
    }
}

impl<R, S> RecordWire<R, S> {
    fn understand(
        self,
        shared: impl FnOnce(R, S) -> Option<(Arc<Attributes>, Arc<Scope>)>,
    ) -> Option<Record> {
        let (resource, scope) = shared(self.resource, self.scope)?;
        let service = resource.0.iter().find(|(key, _)| key == SERVICE_NAME);
        let service = service.and_then(|(_, name)| name.as_str());
        Some(Record {
            time: time(
                self.time_unix_nano.parse().ok()?,
                self.observed_time_unix_nano.parse().ok()?,
            ),
            severity: self.level,
            severity_text: self.severity_text,
            service: service.map(str::to_owned),
            body: plain(self.body),
            event_name: self.event_name,
            attributes: self.attributes,
            trace_id: self.trace_id,
            span_id: self.span_id,
            resource,
            scope,
        })
    }
}

/// The first of the two that is known: zero stands for what is not.
fn time(happened: u64, observed: u64) -> Option<Timestamp> {
    let nanos = [happened, observed].into_iter().find(|&nanos| nanos > 0)?;
    Timestamp::from_nanosecond(nanos.into()).ok()
}

impl From<Vec<AttributeWire>> for Attributes {
    fn from(attributes: Vec<AttributeWire>) -> Self {
        let plain = |it: AttributeWire| (it.key, plain(it.value));
        Self(attributes.into_iter().map(plain).collect())
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The value that OTLP's JSON writes with its type, without it. What it is not said to be it stays.
fn plain(value: Json) -> Json {
    let Json::Object(typed) = value else {
        return value;
    };
    let Some((kind, value)) = typed.into_iter().next() else {
        return Json::Null;
    };
    match (kind.as_str(), value) {
        ("intValue", Json::String(digits)) => {
            let number = digits.parse::<i64>().ok();
            number.map_or(Json::String(digits), Json::from)
        }
        ("arrayValue", Json::Object(mut list)) => match list.remove("values") {
            Some(Json::Array(values)) => values.into_iter().map(plain).collect(),
            _ => Json::Array(Vec::new()),
        },
        ("kvlistValue", Json::Object(mut list)) => {
            let members = list.remove("values").unwrap_or_default();
            let members: Vec<AttributeWire> = serde_json::from_value(members).unwrap_or_default();
            let plain = |it: AttributeWire| (it.key, plain(it.value));
            members.into_iter().map(plain).collect()
        }
        (_, value) => value,
    }
}

#[expect(clippy::ref_option, reason = "so serde hands over a field")]
fn with_nanos<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&format_args!("{time:.9}")),
        None => serializer.serialize_none(),
    }
}

fn shared<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().serialize(serializer)
}

fn is_nameless(scope: &Arc<Scope>) -> bool {
    scope.name.is_empty() && scope.version.is_empty()
}
