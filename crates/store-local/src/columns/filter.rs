//! A predicate on spans in columns, decided from codes where that can be done.
//!
//! A condition on an attribute is a condition on the values of some columns: it is looked at once for
//! each distinct value of a dictionary, and then rows are looked at by their codes alone. Resources
//! and scopes are such values too. What is left, events and links and what has no column, is decided
//! span by span, of the rows that have any.

mod test;

use std::ops::Range;

use clew_store::{AttributeScope, Field, Intrinsic, Predicate};

use super::row_set::RowSet;
use super::value_kind::ValueKind;
use super::{
    ABSENT, AttributeType, ColumnKey, Columnar, KeyOwner, LogRows, Part, Projection, ReadRows as _,
    Rows,
};
use crate::error::DiskError;
use crate::wal::Signal;
use test::ColumnTest;

/// A predicate, made ready for the columns of one segment or block.
#[derive(Debug)]
pub(crate) struct Filter(Node);

#[derive(Debug)]
enum Node {
    Constant(bool),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Column(ColumnTest),
    /// Of the rows that have this part, decided by whole spans.
    Spans {
        part: Option<Part>,
        predicate: Predicate,
        projection: Projection,
    },
}

impl Filter {
    /// The rows of which the predicate holds.
    pub(crate) fn new(predicate: &Predicate, columns: &dyn Columnar) -> Result<Self, DiskError> {
        Node::new(predicate, columns).map(Self)
    }

    /// Whether it holds of no row.
    pub(crate) fn is_never(&self) -> bool {
        matches!(self.0, Node::Constant(false))
    }

    /// Those of these rows of which it holds.
    pub(crate) fn rows(
        &mut self,
        columns: &dyn Columnar,
        rows: Range<u32>,
    ) -> Result<RowSet, DiskError> {
        let all = RowSet::all(rows.len());
        self.0.rows(columns, &rows, &all)
    }
}

impl Node {
    fn new(predicate: &Predicate, columns: &dyn Columnar) -> Result<Self, DiskError> {
        Ok(match predicate {
            Predicate::All(predicates) => Self::all(nodes(predicates, columns)?),
            Predicate::Any(predicates) => Self::any(nodes(predicates, columns)?),
            Predicate::Not(predicate) => match Self::new(predicate, columns)? {
                Self::Constant(holds) => Self::Constant(!holds),
                node => Self::Not(Box::new(node)),
            },
            leaf => match leaf.field() {
                Some(field) => Self::of_field(field, leaf, columns)?,
                None => Self::Constant(false),
            },
        })
    }

    fn all(mut nodes: Vec<Self>) -> Self {
        if nodes
            .iter()
            .any(|node| matches!(node, Self::Constant(false)))
        {
            return Self::Constant(false);
        }
        nodes.retain(|node| !matches!(node, Self::Constant(true)));
        // What is cheap and leaves few rows comes first.
        nodes.sort_by_key(Self::cost);
        match nodes.len() {
            0 => Self::Constant(true),
            _ => Self::All(nodes),
        }
    }

    fn any(mut nodes: Vec<Self>) -> Self {
        if nodes
            .iter()
            .any(|node| matches!(node, Self::Constant(true)))
        {
            return Self::Constant(true);
        }
        nodes.retain(|node| !matches!(node, Self::Constant(false)));
        match nodes.len() {
            0 => Self::Constant(false),
            1 => nodes.remove(0),
            _ => Self::Any(nodes),
        }
    }

    fn cost(&self) -> u8 {
        match self {
            Self::Constant(_) => 0,
            Self::Column(test) if test.is_of_codes() => 1,
            Self::Column(_) => 2,
            Self::All(nodes) | Self::Any(nodes) => {
                let costs = nodes.iter().map(Self::cost);
                costs.max().unwrap_or(0).saturating_add(1)
            }
            Self::Not(node) => node.cost(),
            Self::Spans { .. } => u8::MAX,
        }
    }

    /// A condition on one field.
    fn of_field(
        field: &Field,
        leaf: &Predicate,
        columns: &dyn Columnar,
    ) -> Result<Self, DiskError> {
        match field {
            Field::Intrinsic(intrinsic) => Self::of_intrinsic(*intrinsic, leaf, columns),
            Field::Attribute { scope, key } => match scope {
                AttributeScope::Any => {
                    let scopes = [
                        AttributeScope::Span,
                        AttributeScope::Resource,
                        AttributeScope::Scope,
                        AttributeScope::Event,
                        AttributeScope::Link,
                    ];
                    let node = |scope| Self::of_attribute(scope, key, leaf, columns);
                    let nodes = scopes.into_iter().map(node);
                    Ok(Self::any(nodes.collect::<Result<_, _>>()?))
                }
                scope => Self::of_attribute(*scope, key, leaf, columns),
            },
        }
    }

    fn of_intrinsic(
        intrinsic: Intrinsic,
        leaf: &Predicate,
        columns: &dyn Columnar,
    ) -> Result<Self, DiskError> {
        if columns.signal() == Signal::Logs {
            return Self::of_log_intrinsic(intrinsic, leaf, columns);
        }
        let (part, kind) = match intrinsic {
            Intrinsic::Name => (Part::Name, ValueKind::Text),
            Intrinsic::StatusMessage => (Part::StatusMessage, ValueKind::Text),
            Intrinsic::Kind => (Part::Kind, ValueKind::Kind),
            Intrinsic::Status => (Part::StatusCode, ValueKind::Status),
            Intrinsic::Start => (Part::Start, ValueKind::Time),
            Intrinsic::Duration => (Part::Duration, ValueKind::Duration),
            Intrinsic::TraceId => (Part::TraceId, ValueKind::TraceId),
            Intrinsic::SpanId => (Part::SpanId, ValueKind::SpanId),
            Intrinsic::ScopeName | Intrinsic::ScopeVersion => (Part::Scope, ValueKind::Scope),
            Intrinsic::ParentSpanId => {
                return Ok(Self::spans(None, leaf));
            }
            Intrinsic::Body | Intrinsic::Severity | Intrinsic::SeverityText => {
                return Ok(Self::Constant(false));
            }
            Intrinsic::EventName => return Ok(Self::spans_of(Part::Events, leaf, columns)),
            Intrinsic::LinkTraceId | Intrinsic::LinkSpanId => {
                return Ok(Self::spans_of(Part::Links, leaf, columns));
            }
        };
        Self::of_column(&ColumnKey::Part(part), kind, leaf, columns)
    }

    /// The same of log records.
    fn of_log_intrinsic(
        intrinsic: Intrinsic,
        leaf: &Predicate,
        columns: &dyn Columnar,
    ) -> Result<Self, DiskError> {
        let (part, kind) = match intrinsic {
            Intrinsic::Body => {
                let key = ColumnKey::Part(Part::Body);
                let of_text = Self::of_column(&key, ValueKind::Text, leaf, columns)?;
                let of_others = Self::spans_of(Part::OtherBody, leaf, columns);
                return Ok(Self::any(vec![of_text, of_others]));
            }
            Intrinsic::Severity => (Part::Severity, ValueKind::Int),
            Intrinsic::SeverityText => (Part::SeverityText, ValueKind::Text),
            Intrinsic::EventName => (Part::EventName, ValueKind::Text),
            Intrinsic::TraceId => (Part::TraceId, ValueKind::TraceId),
            Intrinsic::SpanId => (Part::SpanId, ValueKind::SpanId),
            // The text of none is none, and a span that shows a scope has it as empty text.
            Intrinsic::ScopeName | Intrinsic::ScopeVersion => return Ok(Self::spans(None, leaf)),
            Intrinsic::Name
            | Intrinsic::Kind
            | Intrinsic::Status
            | Intrinsic::StatusMessage
            | Intrinsic::Start
            | Intrinsic::Duration
            | Intrinsic::ParentSpanId
            | Intrinsic::LinkTraceId
            | Intrinsic::LinkSpanId => return Ok(Self::Constant(false)),
        };
        Self::of_column(&ColumnKey::Part(part), kind, leaf, columns)
    }

    fn of_attribute(
        scope: AttributeScope,
        key: &str,
        leaf: &Predicate,
        columns: &dyn Columnar,
    ) -> Result<Self, DiskError> {
        let is_known = |owner| columns.summary().has_key(owner, key);
        match scope {
            AttributeScope::Resource if is_known(KeyOwner::Resource) => {
                let key = ColumnKey::Part(Part::Resource);
                Self::of_column(&key, ValueKind::Resource, leaf, columns)
            }
            AttributeScope::Scope if is_known(KeyOwner::Scope) => {
                let key = ColumnKey::Part(Part::Scope);
                Self::of_column(&key, ValueKind::Scope, leaf, columns)
            }
            AttributeScope::Event if is_known(KeyOwner::Event) => Ok(Self::spans_of(
                Part::Events,
                &of_scope(leaf, scope),
                columns,
            )),
            AttributeScope::Link if is_known(KeyOwner::Link) => {
                Ok(Self::spans_of(Part::Links, &of_scope(leaf, scope), columns))
            }
            AttributeScope::Span => Self::of_span_attribute(key, leaf, columns),
            _ => Ok(Self::Constant(false)),
        }
    }

    /// An attribute of the spans themselves: a column for each type, and what has none.
    fn of_span_attribute(
        key: &str,
        leaf: &Predicate,
        columns: &dyn Columnar,
    ) -> Result<Self, DiskError> {
        let mut nodes = Vec::new();
        for kind in AttributeType::ALL {
            let column = ColumnKey::Attribute {
                key: key.to_owned(),
                kind,
            };
            let values = ValueKind::of_attribute(kind);
            nodes.push(Self::of_column(&column, values, leaf, columns)?);
        }
        let leaf = of_scope(leaf, AttributeScope::Span);
        nodes.push(Self::spans_of(Part::OtherAttributes, &leaf, columns));
        Ok(Self::any(nodes))
    }

    fn of_column(
        key: &ColumnKey,
        kind: ValueKind,
        leaf: &Predicate,
        columns: &dyn Columnar,
    ) -> Result<Self, DiskError> {
        let test = ColumnTest::new(columns, key, kind, leaf)?;
        Ok(match test.always() {
            Some(holds) => Self::Constant(holds),
            None => Self::Column(test),
        })
    }

    /// Of the rows that have this part.
    fn spans_of(part: Part, leaf: &Predicate, columns: &dyn Columnar) -> Self {
        match columns.column(&ColumnKey::Part(part)) {
            Some(_) => Self::spans(Some(part), leaf),
            None => Self::Constant(false),
        }
    }

    fn spans(part: Option<Part>, leaf: &Predicate) -> Self {
        Self::Spans {
            part,
            predicate: leaf.clone(),
            projection: Projection::default().with_predicate(leaf),
        }
    }

    /// Those of these rows of which it holds. Of rows that are not in `wanted` it may say anything.
    fn rows(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
        wanted: &RowSet,
    ) -> Result<RowSet, DiskError> {
        match self {
            Self::Constant(true) => Ok(RowSet::all(rows.len())),
            Self::Constant(false) => Ok(RowSet::none(rows.len())),
            Self::All(nodes) => {
                let mut left = wanted.clone();
                for node in nodes {
                    if left.is_empty() {
                        break;
                    }
                    let holds = node.rows(columns, rows, &left)?;
                    left.intersect(&holds);
                }
                Ok(left)
            }
            Self::Any(nodes) => {
                let mut found = RowSet::none(rows.len());
                for node in nodes {
                    found.unite(&node.rows(columns, rows, wanted)?);
                }
                Ok(found)
            }
            Self::Not(node) => {
                let mut found = node.rows(columns, rows, wanted)?;
                found.complement();
                Ok(found)
            }
            Self::Column(test) => test.rows(columns, rows),
            Self::Spans {
                part,
                predicate,
                projection,
            } => {
                let mut wanted = wanted.clone();
                if let Some(part) = part {
                    wanted.intersect(&present(columns, *part, rows)?);
                }
                let holds = holds_of(predicate, columns, rows.start, &wanted, projection)?;
                let mut found = RowSet::none(rows.len());
                for (row, holds) in wanted.iter().zip(holds) {
                    if holds {
                        found.insert(row);
                    }
                }
                Ok(found)
            }
        }
    }
}

fn nodes(predicates: &[Predicate], columns: &dyn Columnar) -> Result<Vec<Node>, DiskError> {
    let nodes = predicates.iter().map(|it| Node::new(it, columns));
    nodes.collect()
}

/// Of each of the wanted rows of a stretch, whether it holds of the whole span or log record.
fn holds_of(
    predicate: &Predicate,
    columns: &dyn Columnar,
    first: u32,
    wanted: &RowSet,
    projection: &Projection,
) -> Result<Vec<bool>, DiskError> {
    Ok(match columns.signal() {
        Signal::Traces => {
            let batches = Rows::selected(columns, first, wanted, projection)?;
            let spans = batches.iter().flat_map(Rows::iter);
            spans.map(|(span, _)| predicate.holds(span)).collect()
        }
        Signal::Logs => {
            let batches = LogRows::selected(columns, first, wanted, projection)?;
            let records = batches.iter().flat_map(LogRows::iter);
            records.map(|(record, _)| predicate.holds(record)).collect()
        }
    })
}

/// The rows that have this part.
fn present(columns: &dyn Columnar, part: Part, rows: &Range<u32>) -> Result<RowSet, DiskError> {
    match columns.values(part, rows.clone())? {
        Some(values) => Ok(RowSet::of(values.slots(), |&slot| slot != ABSENT)),
        None => Ok(RowSet::none(rows.len())),
    }
}

/// The same condition on the attributes of this scope alone.
fn of_scope(leaf: &Predicate, scope: AttributeScope) -> Predicate {
    let mut leaf = leaf.clone();
    if let Some(Field::Attribute { scope: any, .. }) = leaf.field_mut() {
        *any = scope;
    }
    leaf
}
