//! Rows as spans again, or as log records, exactly as they came.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

mod logs;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use clew_model::{Batch, SpanId, SpanRef, TraceId};
use clew_otlp::{AttributesWriter, RequestWriter, SpanFields, ValuePart, split_attributes};
use clew_store::Position;

use super::row_set::RowSet;
use super::{
    AttributeType, ColumnKey, ColumnReader, ColumnRows, Columnar, Malformed, Part, Projection,
    SHAPE_OTHER, word,
};
use crate::error::DiskError;
use crate::varint;

pub(crate) use logs::LogRows;

/// A batch of rows ends with the span that makes it this long: a batch has room for a bounded number
/// of attributes, and each takes two bytes.
const BATCH_LEN: usize = 4 << 20;

/// Rows are read together that are on one page of most columns.
const TOGETHER_ROWS: u32 = 8192;

/// Some rows as what they are: spans, or log records.
pub(crate) trait ReadRows: Sized + Send + 'static {
    /// Those rows of a stretch that are wanted, in batches; the stretch begins with this row.
    fn selected(
        columns: &dyn Columnar,
        first: u32,
        wanted: &RowSet,
        projection: &Projection,
    ) -> Result<Vec<Self>, DiskError>;

    /// How many rows there are.
    fn len(&self) -> usize;
}

/// Some rows as spans.
#[derive(Debug)]
pub(crate) struct Rows {
    /// It may have other rows as well, which were read together with these.
    batch: Arc<Batch>,
    /// Which span of the batch each row is.
    spans: Vec<u32>,
    positions: Vec<Position>,
}

impl Rows {
    /// The span of this row, counted from the first one, and when it arrived.
    pub(crate) fn get(&self, row: usize) -> Option<(SpanRef<'_>, Position)> {
        let span = self.batch.span(*self.spans.get(row)? as usize)?;
        Some((span, *self.positions.get(row)?))
    }

    /// The spans, in any order, of rows that were not read together with others.
    pub(crate) fn into_batch(self) -> Batch {
        debug_assert_eq!(self.batch.len(), self.len());
        Arc::unwrap_or_clone(self.batch)
    }

    /// How much memory they take, in bytes: of the batch as large a part as they are of it.
    pub(crate) fn memory_len(&self) -> usize {
        let bytes = self.batch.bytes().len() + self.batch.entries_len();
        bytes / self.batch.len().max(1) * self.len()
    }

    /// The rows apart, so many each, as far as there are any.
    fn split(self, counts: impl Iterator<Item = usize>) -> Vec<Option<Self>> {
        let mut at = 0;
        let parts = counts.map(|count| {
            let rows = at..self.len().min(at + count);
            at = rows.end;
            (!rows.is_empty()).then(|| Self {
                batch: Arc::clone(&self.batch),
                spans: self.spans[rows.clone()].to_vec(),
                positions: self.positions[rows].to_vec(),
            })
        });
        parts.collect()
    }

    /// The spans, in the order of the rows, and when each arrived.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SpanRef<'_>, Position)> {
        let span = |&index: &u32| self.batch.span(index as usize);
        let spans = self.spans.iter().filter_map(span);
        spans.zip(self.positions.iter().copied())
    }
}

impl Rows {
    /// The spans of these rows or, if they are long, of the first of them.
    pub(crate) fn read(
        columns: &dyn Columnar,
        rows: Range<u32>,
        projection: &Projection,
    ) -> Result<Self, DiskError> {
        let wanted: Vec<u32> = rows.collect();
        Columns::read(columns, &wanted, projection)?.spans(&wanted)
    }

    /// The first spans of each of these ranges of rows, which are in order: of a range whose spans are
    /// long not all, and of none once they have taken so many bytes of memory. Ranges that are near each
    /// other are read together, and share a batch: so does what describes who made their spans.
    pub(crate) fn firsts(
        columns: &dyn Columnar,
        ranges: &[Range<u32>],
        projection: &Projection,
        bytes: &mut usize,
    ) -> Result<Vec<Option<Self>>, DiskError> {
        let mut firsts = Vec::with_capacity(ranges.len());
        let is_near = |one: &Range<u32>, next: &Range<u32>| {
            one.start / TOGETHER_ROWS == next.start / TOGETHER_ROWS
        };
        for near in ranges.chunk_by(is_near) {
            if *bytes == 0 {
                firsts.extend(near.iter().map(|_| None));
                continue;
            }
            let firsts_of = |rows: &Range<u32>| rows.clone().take(TOGETHER_ROWS as usize);
            let wanted: Vec<u32> = near.iter().flat_map(firsts_of).collect();
            let read = Columns::read(columns, &wanted, projection)?.spans(&wanted)?;
            *bytes = bytes.saturating_sub(read.memory_len());
            firsts.extend(read.split(near.iter().map(|rows| firsts_of(rows).count())));
        }
        Ok(firsts)
    }
}

impl ReadRows for Rows {
    fn selected(
        columns: &dyn Columnar,
        first: u32,
        wanted: &RowSet,
        projection: &Projection,
    ) -> Result<Vec<Self>, DiskError> {
        let wanted: Vec<u32> = wanted.iter().map(|row| first + row as u32).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let columns = Columns::read(columns, &wanted, projection)?;
        let mut batches = Vec::new();
        let mut left = &wanted[..];
        while !left.is_empty() {
            let rows = columns.spans(left)?;
            left = &left[rows.len()..];
            batches.push(rows);
        }
        Ok(batches)
    }

    fn len(&self) -> usize {
        self.spans.len()
    }
}

/// Columns of some rows.
struct Columns<'a> {
    source: &'a dyn Columnar,
    parts: BTreeMap<Part, ColumnRows>,
    /// Those of attributes, in their order, as far as they were read.
    attributes: Vec<(&'a str, AttributeType, Option<ColumnRows>)>,
    first_row: u32,
}

impl<'a> Columns<'a> {
    /// Reads what is wanted of these rows, which are in order.
    fn read(
        columns: &'a dyn Columnar,
        wanted: &[u32],
        projection: &Projection,
    ) -> Result<Self, DiskError> {
        let mut read = Self {
            source: columns,
            parts: BTreeMap::new(),
            attributes: Vec::new(),
            first_row: wanted.first().copied().unwrap_or(0),
        };
        let mut of_attributes = Vec::new();
        let ranges = ranges_of(wanted);
        let values_of = |column| {
            let reader = ColumnReader::new(columns, column)?;
            reader.read_ranges(columns, &ranges)
        };
        for column in 0..columns.column_count() {
            match columns.key(column) {
                ColumnKey::Part(part) if projection.has(*part) => {
                    read.parts.insert(*part, values_of(column)?);
                }
                ColumnKey::Part(_) => {}
                ColumnKey::Attribute { key, kind } => {
                    read.attributes.push((key, *kind, None));
                    of_attributes.push(column);
                }
            }
        }
        for number in read.used_attributes(wanted)? {
            let Some((key, _, values)) = read.attributes.get_mut(number) else {
                continue;
            };
            if projection.has_attribute(key) {
                *values = Some(values_of(of_attributes[number])?);
            }
        }
        Ok(read)
    }

    /// Which columns of attributes these rows have values in.
    fn used_attributes(&self, wanted: &[u32]) -> Result<BTreeSet<usize>, DiskError> {
        let mut used = BTreeSet::new();
        // Few shapes are distinct, and neighbours often have the same.
        let mut last = None;
        for &row in wanted {
            let slot = self.parts.get(&Part::Shape).and_then(|it| it.slot(row));
            if slot == last {
                continue;
            }
            last = slot;
            let mut shape = self.bytes(Part::Shape, row);
            while !shape.is_empty() {
                let number = take_shape(&mut shape).map_err(|error| self.corrupt(error))?;
                if number != SHAPE_OTHER {
                    used.insert(usize::try_from(number - 1).unwrap_or(usize::MAX));
                }
            }
        }
        Ok(used)
    }

    /// As many of these rows as make a batch, at least one.
    fn spans(&self, rows: &[u32]) -> Result<Rows, DiskError> {
        let rows = &rows[..self.len_of_batch(rows)];
        let parents = self.parents(rows)?;
        let mut spans = vec![0; rows.len()];
        let mut request = RequestWriter::default();
        let mut index = 0;
        for ((resource, scope), of_group) in self.groups(rows) {
            request
                .scope_records(resource, scope, |out| {
                    for at in of_group {
                        let row = rows[at];
                        let fields = self.fields(row, parents[at])?;
                        out.span(&fields, |out| self.write_attributes(row, out))?;
                        spans[at] = index;
                        index += 1;
                    }
                    Ok(())
                })
                .map_err(|malformed| self.corrupt(malformed))?;
        }
        let position = |&row| Position(self.word(Part::Position, row));
        Ok(Rows {
            batch: Arc::new(self.decode(request.finish(), rows.len())?),
            spans,
            positions: rows.iter().map(position).collect(),
        })
    }

    /// Which of these rows are of each resource and scope.
    fn groups(&self, rows: &[u32]) -> BTreeMap<(&[u8], &[u8]), Vec<usize>> {
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, &row) in rows.iter().enumerate() {
            let resource = self.bytes(Part::Resource, row);
            let scope = self.bytes(Part::Scope, row);
            groups.entry((resource, scope)).or_default().push(at);
        }
        groups
    }

    /// How many of these rows make one batch, at least one.
    fn len_of_batch(&self, rows: &[u32]) -> usize {
        let mut len = 0;
        for (at, &row) in rows.iter().enumerate() {
            let parts = self.parts.values().map(|values| values.get(row));
            let attributes = self.attributes.iter().map(|(key, _, values)| {
                let value = values.as_ref()?.get(row)?;
                len += key.len();
                Some(value)
            });
            let attributes: usize = attributes.flatten().map(<[u8]>::len).sum();
            len += attributes + parts.flatten().map(<[u8]>::len).sum::<usize>();
            if len >= BATCH_LEN {
                return at + 1;
            }
        }
        rows.len()
    }

    fn decode(&self, request: Bytes, spans: usize) -> Result<Batch, DiskError> {
        let decoded = clew_otlp::decode_traces(request);
        let decoded = decoded.map_err(|error| self.corrupt_row(error.to_string()))?;
        if decoded.batch.len() != spans {
            return Err(self.corrupt_row("spans that are not valid"));
        }
        Ok(decoded.batch)
    }

    /// The parents of these rows.
    fn parents(&self, rows: &[u32]) -> Result<Vec<Option<SpanId>>, DiskError> {
        let at = |row: u32| {
            let offset = word(self.parts.get(&Part::ParentRow)?.get(row)?);
            // Rows of a segment are fewer than 2^31, and the sum is one.
            Some(u64::from(row).wrapping_add(offset) as u32)
        };
        let here: Vec<u32> = rows.iter().filter_map(|&row| at(row)).collect();
        let (first, last) = (here.iter().min(), here.iter().max());
        let ids = match (first, last) {
            (Some(&first), Some(&last)) if last < self.source.rows() => {
                self.source.values(Part::SpanId, first..last + 1)?
            }
            _ => None,
        };
        let parent = |row: u32| {
            let id = match at(row) {
                Some(parent) => ids.as_ref()?.get(parent),
                None => self.parts.get(&Part::ParentSpanId)?.get(row),
            };
            SpanId::from_bytes(id?.try_into().ok()?)
        };
        Ok(rows.iter().map(|&row| parent(row)).collect())
    }

    fn fields(&self, row: u32, parent: Option<SpanId>) -> Result<SpanFields<'_>, Malformed> {
        let start = self.word(Part::Start, row);
        let after = start.wrapping_add(self.word(Part::Duration, row));
        Ok(SpanFields {
            trace_id: self
                .id(Part::TraceId, row)
                .and_then(TraceId::from_bytes)
                .ok_or(Malformed("no id of a trace"))?,
            span_id: self
                .id(Part::SpanId, row)
                .and_then(SpanId::from_bytes)
                .ok_or(Malformed("no id of a span"))?,
            parent_span_id: parent,
            trace_state: self.bytes(Part::TraceState, row),
            flags: self.word(Part::Flags, row) as u32,
            name: self.bytes(Part::Name, row),
            kind: self.word(Part::Kind, row) as i32,
            start,
            end: after.wrapping_sub(self.word(Part::EndBeforeStart, row)),
            dropped_attributes_count: self.word(Part::DroppedAttributes, row) as u32,
            dropped_events_count: self.word(Part::DroppedEvents, row) as u32,
            dropped_links_count: self.word(Part::DroppedLinks, row) as u32,
            status_code: self.word(Part::StatusCode, row) as i32,
            status_message: self.bytes(Part::StatusMessage, row),
            events: self.bytes(Part::Events, row),
            links: self.bytes(Part::Links, row),
        })
    }

    fn write_attributes(&self, row: u32, out: &mut AttributesWriter<'_>) -> Result<(), Malformed> {
        let others = split_attributes(self.bytes(Part::OtherAttributes, row));
        let mut others = others.map_err(|_| Malformed("no attributes"))?.into_iter();
        let mut shape = self.bytes(Part::Shape, row);
        while !shape.is_empty() {
            let number = take_shape(&mut shape)?;
            if number == SHAPE_OTHER {
                out.add_encoded(others.next().ok_or(Malformed("too few attributes"))?);
                continue;
            }
            let column = usize::try_from(number - 1).ok();
            let column = column.and_then(|column| self.attributes.get(column));
            let (key, kind, values) = column.ok_or(Malformed("an attribute without a column"))?;
            // Others were not asked for.
            let Some(values) = values else { continue };
            let value = values
                .get(row)
                .ok_or(Malformed("an attribute without a value"))?;
            out.add(key.as_bytes(), value_part(*kind, value));
        }
        Ok(())
    }

    /// What the row has of this part; empty if it has none.
    fn bytes(&self, part: Part, row: u32) -> &[u8] {
        let values = self.parts.get(&part);
        values
            .and_then(|values| values.get(row))
            .unwrap_or_default()
    }

    /// The same, of a part that is a number; zero if it has none.
    fn word(&self, part: Part, row: u32) -> u64 {
        match self.bytes(part, row) {
            [] => 0,
            bytes => word(bytes),
        }
    }

    fn id<const LEN: usize>(&self, part: Part, row: u32) -> Option<[u8; LEN]> {
        self.bytes(part, row).try_into().ok()
    }

    fn corrupt(&self, Malformed(what): Malformed) -> DiskError {
        self.corrupt_row(what)
    }

    /// The pages are what was written, but what they say together makes no spans.
    fn corrupt_row(&self, what: impl Into<String>) -> DiskError {
        let what = format!("from row {}: {}", self.first_row, what.into());
        self.source.contradiction(&what)
    }
}

/// Ranges of these rows, which are in order. A few rows more are read where that spares a range.
pub(super) fn ranges_of(rows: &[u32]) -> Vec<Range<u32>> {
    const GAP_MAX: u32 = 16;
    let near = rows.chunk_by(|row, next| next - row <= GAP_MAX);
    let range = |rows: &[u32]| Some(*rows.first()?..*rows.last()? + 1);
    near.filter_map(range).collect()
}

/// The next number of a shape.
fn take_shape(shape: &mut &[u8]) -> Result<u64, Malformed> {
    varint::take(shape).ok_or(Malformed("a shape that does not end"))
}

fn value_part(kind: AttributeType, value: &[u8]) -> ValuePart<'_> {
    match kind {
        AttributeType::String => ValuePart::String(value),
        AttributeType::Bool => ValuePart::Bool(word(value) != 0),
        AttributeType::Int => ValuePart::Int(word(value).cast_signed()),
        AttributeType::Double => ValuePart::Double(word(value)),
        AttributeType::Other => ValuePart::Encoded(value),
    }
}
