//! Spans that are there twice, though nobody noticed as they came.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use clew_model::SpanRef;
use clew_store::SpanIdentity;

use super::Sources;
use crate::columns::{Projection, ReadRows as _, RowSet, Rows, SummaryBuilder};
use crate::error::DiskError;

/// How many rows are read at once.
const TOGETHER: usize = 1024;

/// Where a span is: the number of the source, and the row.
pub(super) type Place = (usize, u32);

/// Those of these spans, of one trace, start and id, that say what an earlier one says. They do not
/// count any more.
pub(super) fn find(
    sources: &Sources,
    places: &[Place],
    summary: &mut SummaryBuilder,
) -> Result<HashSet<Place>, DiskError> {
    // Keyed at random, so that no sender can make one span pass for another.
    let key = RandomState::new();
    let mut hashes = HashMap::new();
    for_each(sources, places, &Projection::ALL, |place, span| {
        hashes.insert(place, key.hash_one(SpanIdentity::of(span)));
    })?;
    let mut known = HashSet::new();
    let mut doubles: Vec<Place> = places.to_vec();
    doubles.retain(|place| hashes.get(place).is_some_and(|hash| !known.insert(*hash)));
    for_each(sources, &doubles, &Projection::default(), |_, span| {
        summary.forget(span);
    })?;
    Ok(doubles.into_iter().collect())
}

/// Shows the span of each place.
fn for_each(
    sources: &Sources,
    places: &[Place],
    projection: &Projection,
    mut see: impl FnMut(Place, SpanRef<'_>),
) -> Result<(), DiskError> {
    let mut places = places.to_vec();
    places.sort_unstable();
    for of_source in places.chunk_by(|one, next| one.0 == next.0) {
        let source = of_source[0].0;
        for near in of_source.chunks(TOGETHER) {
            let (first, last) = (near[0].1, near[near.len() - 1].1);
            let mut wanted = RowSet::none((last - first) as usize + 1);
            for (_, row) in near {
                wanted.insert((row - first) as usize);
            }
            let batches = Rows::selected(&*sources[source], first, &wanted, projection)?;
            let spans = batches.iter().flat_map(Rows::iter);
            for (&place, (span, _)) in near.iter().zip(spans) {
                see(place, span);
            }
        }
    }
    Ok(())
}
