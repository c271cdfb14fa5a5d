//! Spans, or log records, in columns from several places become the columns of one segment.
//!
//! Only the traces are sorted: each source has the spans of a trace together and in their order. A
//! column then is copied run by run, as codes whose dictionaries become one. Log records are sorted by
//! time.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

mod column;
mod doubles;
mod logs;
mod parents;
mod shapes;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use clew_model::TraceId;

use super::leaf::{Data, Leaf};
use super::schema::is_optional;
use crate::columns::{ColumnKey, ColumnRows, Columnar, Part, Summary, SummaryBuilder, word};
use crate::error::DiskError;
use crate::table::ATTRIBUTE_COLUMNS_MAX;
use crate::wal::Signal;
use logs::LogOrder;
use parents::Parents;

/// Where spans come from.
pub(crate) type Sources = [Arc<dyn Columnar>];

/// Spans, or log records, of several sources, in the order of a segment.
pub(super) struct Merge<'a> {
    sources: &'a Sources,
    signal: Signal,
    /// The rows, one run after the other.
    runs: Vec<Run>,
    /// Where each row is among those of all sources, one source after the other.
    origins: Vec<u32>,
    rows: usize,
    traces: Vec<(TraceId, Range<u32>)>,
    /// Which runs each trace has.
    runs_of_traces: Vec<Range<usize>>,
    keys: Vec<ColumnKey>,
    summary: SummaryBuilder,
    ordered: Vec<Ordered>,
    parents: Parents,
    /// What tells the order of log records.
    logs: LogOrder,
}

/// Rows of one source that are one after the other in the merged order too.
#[derive(Debug, Clone)]
struct Run {
    source: usize,
    rows: Range<u32>,
}

/// The spans of a trace in one source.
struct Piece {
    id: TraceId,
    first_start: u64,
    run: Run,
}

/// What the order of spans is told by, of one source.
struct Ordered {
    starts: ColumnRows,
    span_ids: ColumnRows,
    positions: ColumnRows,
}

impl Ordered {
    fn read(source: &dyn Columnar) -> Result<Self, DiskError> {
        let read = |part| source.required(part, 0..source.rows());
        Ok(Self {
            starts: read(Part::Start)?,
            span_ids: read(Part::SpanId)?,
            positions: read(Part::Position)?,
        })
    }

    fn start(&self, row: u32) -> u64 {
        self.starts.get(row).map_or(0, word)
    }

    fn position(&self, row: u32) -> u64 {
        self.positions.get(row).map_or(0, word)
    }
}

impl<'a> Merge<'a> {
    /// Finds out in which order the rows come.
    pub(super) fn new(sources: &'a Sources) -> Result<Self, DiskError> {
        let first = sources.first();
        let signal = first.map_or(Signal::Traces, |source| source.signal());
        let mut merge = Self {
            sources,
            signal,
            runs: Vec::new(),
            origins: Vec::new(),
            rows: 0,
            traces: Vec::new(),
            runs_of_traces: Vec::new(),
            keys: keys(sources, signal),
            summary: Summary::merge(sources.iter().map(|source| source.summary())),
            ordered: Vec::new(),
            parents: Parents::default(),
            logs: LogOrder::default(),
        };
        match signal {
            Signal::Traces => merge.order_spans()?,
            Signal::Logs => merge.order_logs()?,
        }
        Ok(merge)
    }

    fn order_spans(&mut self) -> Result<(), DiskError> {
        let merge = self;
        let ordered = merge.sources.iter().map(|source| Ordered::read(&**source));
        merge.ordered = ordered.collect::<Result<_, _>>()?;
        let mut pieces = Vec::new();
        for (number, source) in merge.sources.iter().enumerate() {
            merge.add_pieces(number, &**source, &mut pieces)?;
        }
        pieces.sort_unstable_by_key(|piece| (piece.id, piece.run.source, piece.run.rows.start));
        let mut traces: Vec<&[Piece]> = pieces.chunk_by(|one, next| one.id == next.id).collect();
        traces.sort_unstable_by_key(|pieces| {
            let starts = pieces.iter().map(|piece| piece.first_start);
            (starts.min(), pieces[0].id)
        });
        for trace in traces {
            merge.add_trace(trace)?;
        }
        merge.origins = merge.find_origins();
        merge.parents = merge.find_parents()?;
        Ok(())
    }

    fn find_origins(&self) -> Vec<u32> {
        let mut first = 0;
        let firsts = self.sources.iter().map(|source| {
            let of_source = first;
            first += source.rows();
            of_source
        });
        let firsts: Vec<u32> = firsts.collect();
        let mut origins = Vec::with_capacity(self.rows);
        for Run { source, rows } in &self.runs {
            origins.extend(rows.clone().map(|row| firsts[*source] + row));
        }
        origins
    }

    /// The traces of a source.
    fn add_pieces(
        &self,
        number: usize,
        source: &dyn Columnar,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), DiskError> {
        let ids = source.required(Part::TraceId, 0..source.rows())?;
        let mut first = 0;
        while first < source.rows() {
            let id = ids.get(first);
            let others = first + 1..source.rows();
            let end = others.into_iter().find(|&row| ids.get(row) != id);
            let end = end.unwrap_or(source.rows());
            let of_trace = id.and_then(|id| TraceId::from_bytes(id.try_into().ok()?));
            pieces.push(Piece {
                id: of_trace.ok_or_else(|| source.contradiction("no id of a trace"))?,
                first_start: self.ordered[number].start(first),
                run: Run {
                    source: number,
                    rows: first..end,
                },
            });
            first = end;
        }
        Ok(())
    }

    fn add_trace(&mut self, pieces: &[Piece]) -> Result<(), DiskError> {
        let (first_row, first_run) = (self.rows, self.runs.len());
        match pieces {
            [Piece { run, .. }] if !self.may_have_doubles(run) => self.push(run.clone()),
            pieces => self.add_split_trace(pieces)?,
        }
        let rows = first_row as u32..self.rows as u32;
        self.traces.push((pieces[0].id, rows));
        self.runs_of_traces.push(first_run..self.runs.len());
        Ok(())
    }

    /// Whether spans of the run that are neighbours have one start and one id.
    fn may_have_doubles(&self, run: &Run) -> bool {
        let ordered = &self.ordered[run.source];
        let is_same = |row: u32| {
            ordered.start(row) == ordered.start(row + 1)
                && ordered.span_ids.get(row) == ordered.span_ids.get(row + 1)
        };
        (run.rows.start..run.rows.end - 1).any(is_same)
    }

    /// Adds the spans of a trace that lies in several places, by start, id and arrival, each once.
    fn add_split_trace(&mut self, pieces: &[Piece]) -> Result<(), DiskError> {
        let mut rows: Vec<(u64, &[u8], u64, usize, u32)> = Vec::new();
        for Piece { run, .. } in pieces {
            let ordered = &self.ordered[run.source];
            rows.extend(run.rows.clone().map(|row| {
                let id = ordered.span_ids.get(row).unwrap_or_default();
                (
                    ordered.start(row),
                    id,
                    ordered.position(row),
                    run.source,
                    row,
                )
            }));
        }
        rows.sort_unstable();
        let mut sorted = Vec::with_capacity(rows.len());
        let mut doubles = HashSet::new();
        for alike in rows.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
            let places: Vec<_> = alike
                .iter()
                .map(|&(.., source, row)| (source, row))
                .collect();
            if places.len() > 1 {
                doubles.extend(doubles::find(self.sources, &places, &mut self.summary)?);
            }
            sorted.extend(places);
        }
        sorted.retain(|place| !doubles.contains(place));
        for (source, row) in sorted {
            self.push(Run {
                source,
                rows: row..row + 1,
            });
        }
        Ok(())
    }

    /// Adds rows, to the last run if they follow it and are of the same trace.
    fn push(&mut self, run: Run) {
        self.rows += run.rows.len();
        let first_of_trace = self.runs_of_traces.last().map_or(0, |runs| runs.end);
        if self.runs.len() > first_of_trace
            && let Some(last) = self.runs.last_mut()
            && (last.source, last.rows.end) == (run.source, run.rows.start)
        {
            last.rows.end = run.rows.end;
        } else {
            self.runs.push(run);
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn signal(&self) -> Signal {
        self.signal
    }

    /// The rows of each trace, in their order; none of log records, which lie by time.
    pub(super) fn traces(&self) -> &[(TraceId, Range<u32>)] {
        &self.traces
    }

    /// The traces that there are rows of, each once.
    pub(super) fn trace_ids(&self) -> Vec<TraceId> {
        match self.signal {
            Signal::Traces => self.traces.iter().map(|(id, _)| *id).collect(),
            Signal::Logs => self.logs.trace_ids.clone(),
        }
    }

    /// The columns of the segment. Those that nobody would miss are left out if no row has a value.
    pub(super) fn keys(&self) -> &[ColumnKey] {
        &self.keys
    }

    pub(super) fn finish(self) -> Summary {
        let traces = self.traces.len().max(self.logs.trace_ids.len());
        self.summary.finish(traces)
    }

    /// The column of this key.
    pub(super) fn leaf(&self, key: &ColumnKey) -> Result<Leaf, DiskError> {
        let (levels, data) = match key {
            ColumnKey::Part(Part::Time) => (None, Data::Words(self.logs.times.clone())),
            ColumnKey::Part(Part::Index) => (None, Data::Words(self.logs.indexes.clone())),
            ColumnKey::Part(Part::Shape) => self.shapes()?,
            key if self.signal == Signal::Logs => self.column(key, &|_, values| Ok(values))?,
            ColumnKey::Part(Part::TraceId) => {
                let mut bytes = Vec::with_capacity(self.rows * 16);
                for (id, rows) in &self.traces {
                    for _ in rows.clone() {
                        bytes.extend_from_slice(&id.to_bytes());
                    }
                }
                (None, Data::Fixed(bytes))
            }
            ColumnKey::Part(Part::SpanId) => {
                let mut bytes = Vec::with_capacity(self.rows * 8);
                for id in self.rows_of(|source| &source.span_ids) {
                    bytes.extend_from_slice(id);
                }
                (None, Data::Fixed(bytes))
            }
            ColumnKey::Part(Part::Start) => {
                let starts = self.rows_of(|source| &source.starts);
                (None, Data::Words(starts.map(word).collect()))
            }
            ColumnKey::Part(Part::ParentRow) => self.parent_rows(),
            ColumnKey::Part(Part::ParentSpanId) => self.parents_elsewhere(),
            key => self.column(key, &|_, values| Ok(values))?,
        };
        Ok(Leaf {
            key: key.clone(),
            levels: levels.filter(|_| is_optional(key, self.signal)),
            data,
        })
    }

    /// The values of all rows, of a part that each has.
    fn rows_of<'s>(
        &'s self,
        column: impl Fn(&'s Ordered) -> &'s ColumnRows,
    ) -> impl Iterator<Item = &'s [u8]> {
        self.runs.iter().flat_map(move |run| {
            let values = column(&self.ordered[run.source]);
            let rows = run.rows.clone();
            rows.map(move |row| values.get(row).unwrap_or_default())
        })
    }
}

/// The columns of all sources, in the order of a file.
fn keys(sources: &Sources, signal: Signal) -> Vec<ColumnKey> {
    // Whoever asks with SQL names these, and must find them in every file.
    let of_spans = [
        Part::TraceId,
        Part::SpanId,
        Part::Start,
        Part::Duration,
        Part::ParentRow,
        Part::ParentSpanId,
        Part::ServiceName,
        Part::Position,
        Part::TraceState,
    ];
    let of_logs = [
        Part::Time,
        Part::TraceId,
        Part::SpanId,
        Part::Severity,
        Part::Body,
        Part::ServiceName,
        Part::Position,
        Part::Index,
    ];
    let always = match signal {
        Signal::Traces => &of_spans[..],
        Signal::Logs => &of_logs[..],
    };
    let mut keys: Vec<ColumnKey> = always.iter().copied().map(ColumnKey::Part).collect();
    let mut known: HashSet<ColumnKey> = keys.iter().cloned().collect();
    let mut of_attributes = Vec::new();
    for source in sources {
        for key in (0..source.column_count()).map(|column| source.key(column)) {
            if known.insert(key.clone()) {
                match key {
                    ColumnKey::Part(_) => keys.push(key.clone()),
                    ColumnKey::Attribute { .. } => of_attributes.push(key.clone()),
                }
            }
        }
    }
    keys.extend(of_attributes);
    keys
}

/// How many of the sources, from the first on, may become one segment: at least one, and not more
/// than have columns of attributes for.
pub(crate) fn len_of_segment(sources: &Sources) -> usize {
    let mut known = HashSet::new();
    for (number, source) in sources.iter().enumerate() {
        let keys = (0..source.column_count()).map(|column| source.key(column));
        known.extend(keys.filter(|key| matches!(key, ColumnKey::Attribute { .. })));
        if known.len() > ATTRIBUTE_COLUMNS_MAX && number > 0 {
            return number;
        }
    }
    sources.len()
}
