//! What goes into a segment comes out again, for us and for others.
#![expect(clippy::cast_possible_truncation, reason = "the tests count few rows")]

mod others;
mod spans;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use clew_model::{Event, KeyValue, Span, SpanRef, TimeRange, Timestamp, TraceId, Value};
use clew_store::{Field, MemoryBudget, Position, Predicate, SpanIdentity};
use clew_testkit::{batch_of, service, span};
use proptest::prelude::*;

use super::{Segment, SegmentCache, Written, write};
use crate::columns::{Columnar, Filter, Projection, Rows};
use crate::table::{SortedTable, Table};

/// A table of these requests, the first of which has this position.
fn table_of(batches: &[Vec<Span>], first: u64) -> Arc<dyn Columnar> {
    let mut table = Table::default();
    for (position, spans) in (first..).zip(batches) {
        let batch = batch_of(spans);
        let rows: Vec<u32> = (0..).take(batch.len()).collect();
        table.append(&batch, &rows, Position(position));
    }
    Arc::new(SortedTable::of(table))
}

/// Tables of so many of these requests each.
fn tables_of(batches: &[Vec<Span>], each: usize) -> Vec<Arc<dyn Columnar>> {
    let parts = (0..).step_by(each).zip(batches.chunks(each));
    parts
        .filter(|(_, batches)| batches.iter().any(|batch| !batch.is_empty()))
        .map(|(first, batches)| table_of(batches, first))
        .collect()
}

/// The file of these sources.
fn merged(sources: &[Arc<dyn Columnar>]) -> (Bytes, Written) {
    let (file, written) = write(sources, Vec::new()).unwrap();
    (file.into(), written)
}

/// The file of these requests.
fn file_of(batches: &[Vec<Span>]) -> (Bytes, Written) {
    merged(&tables_of(batches, batches.len().max(1)))
}

fn open(file: &Bytes, written: &Written) -> Segment {
    let reader = Box::new(file.clone());
    let cache = Arc::new(SegmentCache::new(&MemoryBudget::default()));
    Segment::open(reader, Path::new("a-segment"), written.location, &cache).unwrap()
}

/// All spans of the segment, each with its position.
fn spans_of(segment: &dyn Columnar) -> Vec<(Span, u64)> {
    let mut spans = Vec::new();
    while spans.len() < segment.rows() as usize {
        let rows = spans.len() as u32..segment.rows();
        let read = Rows::read(segment, rows, &Projection::ALL).unwrap();
        spans.extend(read.iter().map(|(span, at)| (span.to_span(), at.0)));
    }
    spans
}

/// The same spans in the order of a segment; of those that are alike the first.
fn in_order(batches: &[Vec<Span>]) -> Vec<(Span, u64)> {
    let mut spans: Vec<(Span, u64)> = (0..)
        .zip(batches)
        .flat_map(|(position, spans)| spans.iter().map(move |span| (span.clone(), position)))
        .collect();
    let mut first_starts = HashMap::new();
    for (span, _) in &spans {
        let first = first_starts.entry(span.trace_id).or_insert(span.start);
        *first = span.start.min(*first);
    }
    // Stable: what is alike in all this stays in the order sent.
    spans.sort_by_key(|(span, position)| {
        let first = first_starts[&span.trace_id];
        (first, span.trace_id, span.start, span.span_id, *position)
    });
    let mut known = HashSet::new();
    spans.retain(|(span, _)| {
        let batch = batch_of(std::slice::from_ref(span));
        let identity = SpanIdentity::of(batch.span(0).unwrap());
        // As text, in which NaN equals itself.
        known.insert(format!("{identity:?}"))
    });
    spans
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Every part of every span, exactly as it came.
    #[test]
    fn spans_come_back_as_they_went_in(batches in spans::batches()) {
        let (file, written) = file_of(&batches);
        let segment = open(&file, &written);
        // As text, in which NaN equals itself.
        let (found, expected) = (spans_of(&segment), in_order(&batches));
        prop_assert_eq!(format!("{found:#?}"), format!("{expected:#?}"));
    }

    /// A head is several tables, and small segments become one.
    #[test]
    fn it_makes_no_difference_how_often_spans_are_merged(
        batches in spans::batches(),
        each in 1..4_usize,
    ) {
        let expected = format!("{:#?}", in_order(&batches));
        let tables = tables_of(&batches, each);
        let (file, at_once) = merged(&tables);
        prop_assert_eq!(format!("{:#?}", spans_of(&open(&file, &at_once))), &expected[..]);
        let halves = tables.chunks(tables.len().div_ceil(2).max(1));
        let halves = halves.map(|tables| {
            let (file, written) = merged(tables);
            Arc::new(open(&file, &written)) as Arc<dyn Columnar>
        });
        let (file, in_steps) = merged(&halves.collect::<Vec<_>>());
        prop_assert_eq!(format!("{:#?}", spans_of(&open(&file, &in_steps))), expected);
        let (one, other) = (at_once.directory.summary, in_steps.directory.summary);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn traces_are_found_by_id(batches in spans::batches()) {
        let (file, written) = file_of(&batches);
        let segment = open(&file, &written);
        let spans = in_order(&batches);
        for id in (0..3_u128).flat_map(|first| (1..4).map(move |second| first << 64 | second)) {
            let id = TraceId::from_bytes(id.to_be_bytes()).unwrap();
            let of_trace = |(span, _): &(Span, u64)| span.trace_id == id;
            let first = spans.iter().position(of_trace);
            let count = spans.iter().filter(|span| of_trace(span)).count();
            let expected = first.map(|first| first as u32..(first + count) as u32);
            let found = segment.find(&[id]).unwrap();
            let found = found.first().map(|(_, rows)| rows.clone());
            prop_assert_eq!(found, expected);
        }
    }

    /// Any part of the rows is what it is of all of them.
    #[test]
    fn rows_are_read_from_anywhere(batches in spans::batches(), from in any::<prop::sample::Index>()) {
        let spans = in_order(&batches);
        if spans.is_empty() {
            return Ok(());
        }
        let (file, written) = file_of(&batches);
        let segment = open(&file, &written);
        let from = from.index(spans.len());
        let rows = from as u32..spans.len() as u32;
        let rows = Rows::read(&segment, rows, &Projection::ALL).unwrap();
        let found: Vec<_> = rows.iter().map(|(span, _)| SpanRef::to_span(span)).collect();
        let expected: Vec<_> = spans[from..].iter().map(|(span, _)| span.clone()).collect();
        prop_assert_eq!(format!("{found:#?}"), format!("{expected:#?}"));
    }
}

/// Its sender says it once for all spans of a request; so does the segment.
#[test]
fn a_long_resource_is_written_once() {
    let mut random = fastrand::Rng::with_seed(1);
    let text: String = std::iter::repeat_with(|| random.alphanumeric())
        .take(2 << 20)
        .collect();
    let mut resource = (*service("web")).clone();
    resource.attributes.push(KeyValue::new("text", text));
    let resource = Arc::new(resource);
    let spans = (1..=1000).map(|number| span(&resource, number.into(), number));
    let batches = [spans.collect()];
    let (file, written) = file_of(&batches);
    assert!(file.len() < 4 << 20, "{} bytes", file.len());
    let found = spans_of(&open(&file, &written));
    assert_eq!(found.len(), 1000);
    assert_eq!(found[999].0.resource, resource);
}

/// More resources than are read at once, when a condition is about them.
#[test]
fn conditions_on_resources_hold_however_long_those_are() {
    let mut random = fastrand::Rng::with_seed(2);
    let spans = (1..=60_u64).map(|number| {
        let text: String = std::iter::repeat_with(|| random.alphanumeric())
            .take(50_000)
            .collect();
        let mut resource = (*service(["web", "cart", "shop"][number as usize % 3])).clone();
        resource.attributes.push(KeyValue::new("text", text));
        span(&Arc::new(resource), number.into(), number)
    });
    let (file, written) = file_of(&[spans.collect()]);
    let segment = open(&file, &written);
    let is_cart = Predicate::equal(Field::service(), "cart");
    let mut filter = Filter::new(&is_cart, &segment).unwrap();
    let rows = filter.rows(&segment, 0..60).unwrap();
    assert_eq!(rows.iter().count(), 20);
}

/// A clock that was never set, or a mistake with units, is not what the others are looked for by.
#[test]
fn spans_of_1970_and_2554_do_not_stretch_the_range_of_the_others() {
    let nanos = |number: u64| 1_700_000_000_000_000_000 + number;
    let starts = [nanos(5), 0, nanos(2), u64::MAX, nanos(9)];
    let spans = (1..).zip(starts).map(|(number, start)| Span {
        start: Timestamp::from_unix_nanos(start),
        ..span(&service("web"), 1, number)
    });
    let (file, written) = file_of(&[spans.collect()]);
    let summary = &written.directory.summary;
    let ranges = [(0, 0), (nanos(2), nanos(9)), (u64::MAX, u64::MAX)];
    assert_eq!(summary.starts, ranges);
    let range = |start, end| TimeRange {
        start: Timestamp::from_unix_nanos(start),
        end: Timestamp::from_unix_nanos(end),
    };
    assert!(!summary.has_starts_in(range(nanos(10), u64::MAX - 1)));
    assert!(!summary.has_starts_in(range(1, nanos(1))));
    assert!(summary.has_starts_in(range(nanos(9), nanos(10))));
    let found = spans_of(&open(&file, &written));
    let found: Vec<u64> = found
        .iter()
        .map(|(span, _)| span.start.unix_nanos())
        .collect();
    assert_eq!(found, [0, nanos(2), nanos(5), nanos(9), u64::MAX]);
}

/// As deep as a request may nest them: what is put together again nests them no deeper.
#[test]
fn values_come_back_however_deep_they_are_nested() {
    let nested =
        |depth: usize| (0..depth).fold(Value::Int(1), |inner, _| Value::Array(vec![inner]));
    // Each array is two messages within each other, and those of a request may be 100 deep.
    let attribute = |depth| vec![KeyValue::new("deep", nested(depth))];
    let twice = [attribute(47), attribute(46)].concat();
    let event = Event {
        time: Timestamp::MIN,
        name: String::new(),
        attributes: attribute(46),
        dropped_attributes_count: 0,
    };
    let batches = [vec![Span {
        attributes: twice,
        events: vec![event],
        ..span(&service("web"), 1, 1)
    }]];
    let (file, written) = file_of(&batches);
    let found = spans_of(&open(&file, &written));
    assert_eq!(found, in_order(&batches));
}
