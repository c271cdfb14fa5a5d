//! The reference: what every other store is compared with.

mod logs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use clew_model::{Batch, SpanRef, TraceId};

use logs::KeptLogs;

use crate::{
    Aggregate, AggregateFold, Answer, CallGraph, Candidate, Columns, Cursor, Edges, EdgesFold,
    Found, Parts, Position, QueryContext, Scan, Series, SpanIdentity, StoreError, TopValues,
    TraceKey, TraceSink, TraceSnapshot, TraceStore, Values, ValuesFold,
};

/// A store that is naive on purpose: it keeps batches in a list and looks at all of them for every
/// question. For tests; it has no bound and forgets nothing.
#[derive(Debug, Default)]
pub struct ReferenceStore {
    batches: RwLock<Vec<Kept>>,
    logs: RwLock<Vec<KeptLogs>>,
}

/// A batch, and which of its spans were not there before.
#[derive(Debug, Clone)]
struct Kept {
    batch: Arc<Batch>,
    new: Arc<[usize]>,
}

impl Kept {
    fn spans(&self) -> impl Iterator<Item = SpanRef<'_>> {
        self.new.iter().filter_map(|&index| self.batch.span(index))
    }
}

impl ReferenceStore {
    /// A store without spans and log records.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl TraceStore for ReferenceStore {
    async fn append(&self, batch: Batch) -> Result<Position, StoreError> {
        // Nothing panics while it holds the lock.
        let mut batches = self.batches.write().unwrap_or_else(PoisonError::into_inner);
        let ids: HashSet<TraceId> = batch.spans().map(SpanRef::trace_id).collect();
        let known = batches.iter().flat_map(Kept::spans);
        let known = known.filter(|span| ids.contains(&span.trace_id()));
        let mut known: HashSet<_> = known.map(SpanIdentity::of).collect();
        let spans = batch.spans().enumerate();
        let new = spans.filter(|&(_, span)| known.insert(SpanIdentity::of(span)));
        let new = new.map(|(index, _)| index).collect();
        drop(known);
        let position = Position(batches.len() as u64);
        batches.push(Kept {
            batch: Arc::new(batch),
            new,
        });
        Ok(position)
    }

    async fn snapshot(&self, context: QueryContext) -> Result<Arc<dyn TraceSnapshot>, StoreError> {
        let batches = self.batches.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::new(Snapshot {
            batches: batches.clone(),
            context,
        }))
    }
}

struct Snapshot {
    batches: Vec<Kept>,
    context: QueryContext,
}

impl Snapshot {
    /// Every span, with the position of its batch, as long as the query may go on.
    fn spans(&self) -> impl Iterator<Item = Result<(Position, SpanRef<'_>), StoreError>> {
        let batches = (0..).map(Position).zip(&self.batches);
        batches.flat_map(move |(position, kept)| {
            kept.spans().map(move |span| {
                self.context.check()?;
                self.context.count_scanned(1);
                Ok((position, span))
            })
        })
    }

    /// The spans of each trace, by start and then by span id.
    fn traces(&self) -> Result<BTreeMap<TraceId, Vec<SpanRef<'_>>>, StoreError> {
        let mut traces: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for span in self.spans() {
            let (_, span) = span?;
            self.context.take(size_of::<SpanRef<'_>>())?;
            traces.entry(span.trace_id()).or_default().push(span);
        }
        for spans in traces.values_mut() {
            spans.sort_by_key(|span| (span.start(), span.span_id()));
        }
        Ok(traces)
    }
}

#[async_trait]
impl TraceSnapshot for Snapshot {
    fn end(&self) -> Position {
        Position(self.batches.len() as u64)
    }

    async fn candidates(
        &self,
        scan: &Scan,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Answer<Vec<Candidate>>, StoreError> {
        scan.check()?;
        let mut found: HashMap<TraceId, Found> = HashMap::new();
        for span in self.spans() {
            let (position, here) = span?;
            if scan
                .arrived
                .as_ref()
                .is_some_and(|range| !range.contains(&position))
            {
                continue;
            }
            let id = here.trace_id();
            let Some(here) = scan.find(here) else {
                continue;
            };
            if let Some(known) = found.get_mut(&id) {
                known.merge(&here, scan.order);
            } else {
                self.context.take(size_of::<(TraceId, Found)>())?;
                found.insert(id, here);
            }
        }
        let candidates = found
            .iter()
            .filter_map(|(&id, found)| found.candidate(id, scan));
        let is_after = |it: &Candidate| after.is_none_or(|after| it.is_after(after, scan.order));
        let mut candidates: Vec<_> = candidates.filter(is_after).collect();
        candidates.sort_by(|one, other| one.compare(other, scan.order));
        candidates.truncate(limit);
        Ok(Answer::complete(candidates))
    }

    async fn load(
        &self,
        traces: &[TraceKey],
        columns: &Columns,
        sink: &mut dyn TraceSink,
    ) -> Result<Answer<()>, StoreError> {
        let stored = self.traces()?;
        for key in traces {
            let mut parts = Parts::new(key.id, *columns, &self.context);
            for &span in stored.get(&key.id).into_iter().flatten() {
                if let Some(part) = parts.push(span)?
                    && sink.take(part).await.is_break()
                {
                    return Ok(Answer::complete(()));
                }
            }
            if let Some(part) = parts.finish()
                && sink.take(part).await.is_break()
            {
                break;
            }
        }
        Ok(Answer::complete(()))
    }

    async fn aggregate(&self, aggregate: &Aggregate) -> Result<Answer<Vec<Series>>, StoreError> {
        let mut fold = AggregateFold::new(aggregate, &self.context);
        for span in self.spans() {
            fold.add(span?.1)?;
        }
        Ok(Answer::complete(fold.finish()))
    }

    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError> {
        let mut fold = ValuesFold::new(values, &self.context);
        for span in self.spans() {
            fold.add(span?.1)?;
        }
        Ok(Answer::complete(fold.finish()))
    }

    async fn edges(&self, edges: &Edges) -> Result<Answer<CallGraph>, StoreError> {
        let mut fold = EdgesFold::new(edges, &self.context);
        for spans in self.traces()?.values() {
            fold.add_trace(spans)?;
        }
        Ok(Answer::complete(fold.finish()))
    }
}
