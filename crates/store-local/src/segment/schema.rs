//! The columns of a segment as Parquet has them: names, types, and which may be empty.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use crate::columns::{AttributeType, ColumnKey, Part, word};
use crate::wal::Signal;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Physical {
    Bool,
    /// Four bytes.
    Int32,
    /// Eight bytes, that compare as numbers with a sign.
    Int64,
    /// Eight bytes, that compare as numbers without one.
    UInt64,
    /// Eight bytes.
    Double,
    /// So many bytes each.
    Fixed(usize),
    Text,
    Bytes,
}

impl Physical {
    pub(super) fn of(key: &ColumnKey) -> Self {
        match key {
            ColumnKey::Attribute { kind, .. } => match kind {
                AttributeType::String => Self::Text,
                AttributeType::Bool => Self::Bool,
                AttributeType::Int => Self::Int64,
                AttributeType::Double => Self::Double,
                AttributeType::Other => Self::Bytes,
            },
            ColumnKey::Part(part) => match part {
                Part::TraceId => Self::Fixed(16),
                Part::SpanId | Part::ParentSpanId => Self::Fixed(8),
                Part::ParentRow | Part::Kind | Part::StatusCode | Part::Severity => Self::Int32,
                Part::Flags
                | Part::DroppedAttributes
                | Part::DroppedEvents
                | Part::DroppedLinks
                | Part::Start
                | Part::Duration
                | Part::EndBeforeStart
                | Part::Position
                | Part::Time
                | Part::Index
                | Part::ObservedAfter
                | Part::IsObservedTime => Self::UInt64,
                Part::Name
                | Part::StatusMessage
                | Part::TraceState
                | Part::ServiceName
                | Part::SeverityText
                | Part::Body
                | Part::EventName => Self::Text,
                Part::Resource
                | Part::Scope
                | Part::Shape
                | Part::OtherAttributes
                | Part::Events
                | Part::Links
                | Part::OtherBody => Self::Bytes,
            },
        }
    }

    /// How many bytes a value has, if all have as many.
    pub(super) fn width(self) -> Option<usize> {
        match self {
            Self::Int32 => Some(4),
            Self::Int64 | Self::UInt64 | Self::Double => Some(8),
            Self::Fixed(width) => Some(width),
            Self::Bool | Self::Text | Self::Bytes => None,
        }
    }

    /// The order of values, for bounds and sorted dictionaries.
    pub(super) fn compare(self, one: &[u8], other: &[u8]) -> Ordering {
        match self {
            Self::Bool | Self::UInt64 => word(one).cmp(&word(other)),
            Self::Int32 | Self::Int64 => {
                let signed = |value| word(value).cast_signed();
                signed(one).cmp(&signed(other))
            }
            Self::Double => {
                let double = |value| f64::from_bits(word(value));
                double(one).total_cmp(&double(other))
            }
            Self::Fixed(_) | Self::Text | Self::Bytes => one.cmp(other),
        }
    }

    /// The value as Parquet's plain encoding has it, but for the length of bytes.
    pub(super) fn plain(self, value: &[u8]) -> &[u8] {
        match self {
            Self::Int32 => &value[..4],
            _ => value,
        }
    }

    pub(super) fn parquet(self) -> PhysicalType {
        match self {
            Self::Bool => PhysicalType::BOOLEAN,
            Self::Int32 => PhysicalType::INT32,
            Self::Int64 | Self::UInt64 => PhysicalType::INT64,
            Self::Double => PhysicalType::DOUBLE,
            Self::Fixed(_) => PhysicalType::FIXED_LEN_BYTE_ARRAY,
            Self::Text | Self::Bytes => PhysicalType::BYTE_ARRAY,
        }
    }
}

/// Whether a row need not have a value.
pub(super) fn is_optional(key: &ColumnKey, signal: Signal) -> bool {
    let ColumnKey::Part(part) = key else {
        return true;
    };
    match part {
        Part::TraceId | Part::SpanId => signal == Signal::Logs,
        Part::Start
        | Part::Duration
        | Part::Position
        | Part::Name
        | Part::Kind
        | Part::StatusCode
        | Part::Flags
        | Part::Resource
        | Part::Scope
        | Part::Shape
        | Part::Time
        | Part::Index => false,
        _ => true,
    }
}

/// A name for each column: they differ even if case is ignored, as DuckDB does.
pub(super) fn names(keys: &[ColumnKey]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut unique = |name: String| {
        let mut unique = name.clone();
        let mut number = 1;
        while !taken.insert(unique.to_lowercase()) {
            number += 1;
            unique = format!("{name}~{number}");
        }
        unique
    };
    keys.iter().map(|key| unique(name(key))).collect()
}

fn name(key: &ColumnKey) -> String {
    match key {
        ColumnKey::Part(part) => part_name(*part).to_owned(),
        ColumnKey::Attribute { key, kind } => {
            let suffix = match kind {
                AttributeType::String => "",
                AttributeType::Bool => ":bool",
                AttributeType::Int => ":int",
                AttributeType::Double => ":double",
                AttributeType::Other => ":other",
            };
            format!("attributes.{key}{suffix}")
        }
    }
}

/// OTLP's words for what is OTLP's.
fn part_name(part: Part) -> &'static str {
    match part {
        Part::TraceId => "trace_id",
        Part::SpanId => "span_id",
        Part::ParentRow => "parent_row",
        Part::ParentSpanId => "parent_span_id",
        Part::Start => "start_time_unix_nano",
        Part::Duration => "duration_nano",
        Part::EndBeforeStart => "end_before_start_nano",
        Part::Position => "position",
        Part::Name => "name",
        Part::Kind => "kind",
        Part::StatusCode => "status_code",
        Part::Flags => "flags",
        Part::Resource => "resource",
        Part::Scope => "scope",
        Part::Shape => "shape",
        Part::StatusMessage => "status_message",
        Part::TraceState => "trace_state",
        Part::DroppedAttributes => "dropped_attributes_count",
        Part::DroppedEvents => "dropped_events_count",
        Part::DroppedLinks => "dropped_links_count",
        Part::OtherAttributes => "other_attributes",
        Part::Events => "events",
        Part::Links => "links",
        Part::ServiceName => "service_name",
        Part::Time => "time_unix_nano",
        Part::Index => "index_in_batch",
        Part::ObservedAfter => "observed_after_nano",
        Part::IsObservedTime => "is_observed_time",
        Part::Severity => "severity_number",
        Part::SeverityText => "severity_text",
        Part::Body => "body",
        Part::OtherBody => "other_body",
        Part::EventName => "event_name",
    }
}

/// The schema of a file with these columns.
pub(super) fn schema(keys: &[ColumnKey], signal: Signal) -> Result<TypePtr> {
    let fields = keys.iter().zip(names(keys));
    let fields = fields.map(|(key, name)| field(key, &name, signal).map(Arc::new));
    let row = match signal {
        Signal::Traces => "span",
        Signal::Logs => "log_record",
    };
    let root = Type::group_type_builder(row).with_fields(fields.collect::<Result<_>>()?);
    Ok(Arc::new(root.build()?))
}

fn field(key: &ColumnKey, name: &str, signal: Signal) -> Result<Type> {
    let physical = Physical::of(key);
    let logical = match physical {
        Physical::Text => Some(LogicalType::String),
        Physical::UInt64 => Some(LogicalType::integer(64, false)),
        _ => None,
    };
    let repetition = if is_optional(key, signal) {
        Repetition::OPTIONAL
    } else {
        Repetition::REQUIRED
    };
    let length = match physical {
        Physical::Fixed(width) => i32::try_from(width)?,
        _ => -1,
    };
    Type::primitive_type_builder(name, physical.parquet())
        .with_repetition(repetition)
        .with_logical_type(logical)
        .with_length(length)
        .build()
}
