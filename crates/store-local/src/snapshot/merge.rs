//! The spans of one trace, out of all blocks and segments, in their order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanId, SpanRef, Timestamp, TraceId};
use clew_store::{Position, SpanIdentity, StoreError};

use super::sealed::{Damage, blocking, read};
use crate::columns::{Columnar, Projection, ReadRows as _, Rows};
use crate::error::DiskError;
use crate::head::Block;

/// Goes through the spans of a trace by start, then by span id, then as they arrived. In each block
/// and segment they have that order already, so that nothing is sorted here, however many they are.
///
/// A span that was sent twice, so long apart that nobody noticed as it arrived, is there once.
pub(super) struct TraceSpans {
    sources: Vec<Source>,
    /// The next span of each source that has one, and the number of the source.
    next: BinaryHeap<Reverse<Next>>,
    projection: Arc<Projection>,
    doubles: Doubles,
}

/// A span that is next in a source, and the number of the source.
type Next = (Timestamp, SpanId, Position, usize);

/// The spans of the trace in one place.
enum Source {
    Block {
        block: Arc<Block>,
        rows: Range<u32>,
    },
    Sealed {
        table: Arc<dyn Columnar>,
        /// The row of the next span.
        row: u32,
        /// The rows that are not read yet.
        rest: Range<u32>,
        read: Box<Rows>,
        /// The place in `read`.
        at: usize,
    },
}

impl Source {
    fn span(&self) -> Option<(SpanRef<'_>, Position)> {
        match self {
            Self::Block { rows, .. } if rows.is_empty() => None,
            Self::Block { block, rows } => {
                Some((block.span(rows.start), block.position(rows.start)))
            }
            Self::Sealed { read, at, .. } => read.get(*at),
        }
    }

    /// Whether the span after the next one may have the same start and id.
    fn may_repeat(&self, (start, id): (Timestamp, SpanId)) -> bool {
        let is_same = |span: SpanRef<'_>| (span.start(), span.span_id()) == (start, id);
        match self {
            Self::Block { block, rows } => rows.len() > 1 && is_same(block.span(rows.start + 1)),
            Self::Sealed { read, at, rest, .. } => match read.get(at + 1) {
                Some((span, _)) => is_same(span),
                // Not read yet.
                None => rest.start < rest.end,
            },
        }
    }

    /// The next span with all that it says, if it was not read so.
    async fn whole(&self, damage: &mut Damage) -> Result<Option<Rows>, StoreError> {
        match self {
            Self::Block { .. } => Ok(None),
            Self::Sealed { table, row, .. } => {
                let whole = Arc::new(Projection::ALL);
                let read = read(table, *row..*row + 1, &whole).await?;
                Ok(damage.note(read))
            }
        }
    }

    /// Goes on to the next span.
    async fn advance(
        &mut self,
        projection: &Arc<Projection>,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        match self {
            Self::Block { rows, .. } => rows.start += 1,
            Self::Sealed {
                table,
                row,
                rest,
                read: chunk,
                at,
            } => {
                *row += 1;
                *at += 1;
                if *at == chunk.len() && rest.start < rest.end {
                    match damage.note(read(table, rest.clone(), projection).await?) {
                        Some(next) => {
                            rest.start += u32::try_from(next.len()).unwrap_or(u32::MAX);
                            **chunk = next;
                            *at = 0;
                        }
                        None => *rest = 0..0,
                    }
                }
            }
        }
        Ok(())
    }
}

impl TraceSpans {
    /// The spans of the trace in blocks, and in segments as far as they were found.
    pub(super) async fn new(
        id: TraceId,
        blocks: &[Arc<Block>],
        sealed: Vec<SealedTrace>,
        projection: &Arc<Projection>,
        damage: &mut Damage,
    ) -> Result<Self, StoreError> {
        let mut sources = Vec::new();
        for SealedTrace { table, rows, first } in sealed {
            let first = match first {
                Some(first) => first,
                None => match damage.note(read(&table, rows.clone(), projection).await?) {
                    Some(first) => first,
                    None => continue,
                },
            };
            let read = u32::try_from(first.len()).unwrap_or(u32::MAX);
            sources.push(Source::Sealed {
                table,
                row: rows.start,
                rest: rows.start + read..rows.end,
                read: Box::new(first),
                at: 0,
            });
        }
        sources.extend(blocks.iter().filter_map(|block| {
            let rows = block.rows_of(id);
            (!rows.is_empty()).then(|| Source::Block {
                block: Arc::clone(block),
                rows,
            })
        }));
        let mut spans = Self {
            sources,
            next: BinaryHeap::new(),
            projection: Arc::clone(projection),
            doubles: Doubles::default(),
        };
        for number in 0..spans.sources.len() {
            spans.line_up(number);
        }
        spans.pass_doubles(damage).await?;
        Ok(spans)
    }

    /// The next span, if there is one.
    pub(super) fn span(&self) -> Option<SpanRef<'_>> {
        let Reverse((.., number)) = self.next.peek()?;
        self.sources[*number].span().map(|(span, _)| span)
    }

    /// Goes on to the span after it.
    pub(super) async fn advance(&mut self, damage: &mut Damage) -> Result<(), StoreError> {
        self.step(damage).await?;
        self.pass_doubles(damage).await
    }

    /// Passes spans that are there already: from another place, or encoded in another way.
    async fn pass_doubles(&mut self, damage: &mut Damage) -> Result<(), StoreError> {
        while let Some(&Reverse((start, id, _, number))) = self.next.peek() {
            self.doubles.go_to((start, id));
            let is_same = |other: &Reverse<Next>| {
                let Reverse((other_start, other_id, _, source)) = *other;
                (other_start, other_id) == (start, id) && source != number
            };
            let may_repeat =
                self.next.iter().any(is_same) || self.sources[number].may_repeat((start, id));
            if self.doubles.is_first() && !may_repeat {
                break;
            }
            let whole = self.sources[number].whole(damage).await?;
            let span = match &whole {
                Some(rows) => rows.get(0),
                None => self.sources[number].span(),
            };
            if !span.is_some_and(|(span, _)| self.doubles.is_double(span)) {
                break;
            }
            self.step(damage).await?;
        }
        Ok(())
    }

    async fn step(&mut self, damage: &mut Damage) -> Result<(), StoreError> {
        if let Some(Reverse((.., number))) = self.next.pop() {
            self.sources[number]
                .advance(&self.projection, damage)
                .await?;
            self.line_up(number);
        }
        Ok(())
    }

    /// Puts the next span of the source in line, if there is one.
    fn line_up(&mut self, number: usize) {
        if let Some((span, position)) = self.sources[number].span() {
            let key = (span.start(), span.span_id(), position, number);
            self.next.push(Reverse(key));
        }
    }
}

/// Knows the spans of one start and one id.
#[derive(Debug, Default)]
pub(super) struct Doubles {
    place: Option<(Timestamp, SpanId)>,
    /// Keyed at random, so that no sender can make one span pass for another.
    key: RandomState,
    /// Hashes of all that these spans say.
    known: HashSet<u64>,
}

impl Doubles {
    /// Goes to this start and id; spans come in their order.
    pub(super) fn go_to(&mut self, place: (Timestamp, SpanId)) {
        if self.place != Some(place) {
            self.place = Some(place);
            self.known.clear();
        }
    }

    /// Whether no span was seen here.
    fn is_first(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether this span was seen here before, with all that it says.
    pub(super) fn is_double(&mut self, span: SpanRef<'_>) -> bool {
        let hash = self.key.hash_one(SpanIdentity::of(span));
        !self.known.insert(hash)
    }
}

/// The spans that a segment has of a trace.
pub(super) struct SealedTrace {
    pub(super) table: Arc<dyn Columnar>,
    pub(super) rows: Range<u32>,
    /// The first of them, or all; `None` if they were not read with the others.
    pub(super) first: Option<Rows>,
}

/// How much memory the spans of all traces may take that are read together: those of twenty usual
/// traces take half a megabyte. Of the traces beyond that, spans are read when it is their turn.
const READ_AHEAD_BYTES: usize = 8 << 20;

/// Looks these traces up in the segments; for each that is there, where it is, in the order of the
/// segments.
pub(super) async fn find_sealed(
    ids: Vec<TraceId>,
    tables: &[Arc<dyn Columnar>],
    projection: &Arc<Projection>,
    damage: &mut Damage,
) -> Result<HashMap<TraceId, Vec<SealedTrace>>, StoreError> {
    let mut found: HashMap<TraceId, Vec<SealedTrace>> = HashMap::new();
    if tables.is_empty() {
        return Ok(found);
    }
    let (tables, projection) = (tables.to_vec(), Arc::clone(projection));
    let read = blocking(move || {
        let mut bytes = READ_AHEAD_BYTES;
        let read = |table: &Arc<dyn Columnar>| find_in(&ids, table, &projection, &mut bytes);
        tables.iter().map(read).collect::<Vec<_>>()
    });
    for read in read.await? {
        for (id, trace) in damage.note(read).into_iter().flatten() {
            found.entry(id).or_default().push(trace);
        }
    }
    Ok(found)
}

fn find_in(
    ids: &[TraceId],
    table: &Arc<dyn Columnar>,
    projection: &Projection,
    bytes: &mut usize,
) -> Result<Vec<(TraceId, SealedTrace)>, DiskError> {
    let found = table.find(ids)?;
    let ranges: Vec<Range<u32>> = found.iter().map(|(_, rows)| rows.clone()).collect();
    let firsts = Rows::firsts(&**table, &ranges, projection, bytes)?;
    let trace = |((id, rows), first)| {
        let table = Arc::clone(table);
        let trace = SealedTrace { table, rows, first };
        (id, trace)
    };
    Ok(found.into_iter().zip(firsts).map(trace).collect())
}
