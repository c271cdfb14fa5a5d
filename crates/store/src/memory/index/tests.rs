use std::hash::{BuildHasher, Hasher};

use clew_model::{Batch, BatchBuilder, ResourceParts, ScopeParts, SpanId, SpanKind, SpanParts};
use clew_model::{StatusCode, Text, Timestamp, TraceId};

use super::Index;

/// Every content has the same hash, and the last one there is.
#[derive(Default)]
struct Collide;

struct LastHash;

impl BuildHasher for Collide {
    type Hasher = LastHash;

    fn build_hasher(&self) -> LastHash {
        LastHash
    }
}

impl Hasher for LastHash {
    fn finish(&self) -> u64 {
        u64::MAX
    }

    fn write(&mut self, _: &[u8]) {}
}

/// One span, told from others of its ids by its flags.
fn batch(flags: u32) -> Batch {
    let mut builder = BatchBuilder::new("".into()).unwrap();
    let span = SpanParts {
        trace_id: TraceId::from_bytes([1; 16]).unwrap(),
        span_id: SpanId::from_bytes([1; 8]).unwrap(),
        parent_span_id: None,
        trace_state: Text::default(),
        flags,
        name: Text::default(),
        kind: SpanKind::Internal,
        start: Timestamp::MIN,
        end: Timestamp::MIN,
        dropped_attributes_count: 0,
        dropped_events_count: 0,
        dropped_links_count: 0,
        status_code: StatusCode::Unset,
        status_message: Text::default(),
    };
    builder.finish_span(span).unwrap();
    builder.finish_scope(ScopeParts::default());
    builder.finish_resource(ResourceParts::default());
    builder.finish()
}

#[test]
fn q1_spans_whose_hashes_collide_are_all_kept_once() {
    let mut index = Index::<Collide>::default();
    for flags in [1, 2, 3, 2, 1, 4, 3] {
        index.insert(batch(flags));
    }
    let found = index.trace(TraceId::from_bytes([1; 16]).unwrap());
    let trace = found.unwrap().into_trace();
    let flags: Vec<_> = trace.spans.iter().map(|span| span.flags).collect();
    assert_eq!(flags, [1, 2, 3, 4]);
    assert_eq!(
        index.batches.len(),
        4,
        "a batch of resent spans alone is not kept"
    );
}
