//! Whole traces, in parts of bounded size.

use std::ops::ControlFlow;

use async_trait::async_trait;
use clew_model::{Event, EventRef, Link, LinkRef, Span, SpanRef, Trace, TraceId};

use crate::{Held, QueryContext, StoreError};

/// Which parts of its spans a trace is loaded with. Ids, names, times, status, resource and scope
/// always come; a store of columns spares the reading of what is not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// The attributes of the spans.
    pub attributes: bool,
    /// The events.
    pub events: bool,
    /// The links.
    pub links: bool,
}

impl Columns {
    /// All that there is.
    pub const ALL: Self = Self {
        attributes: true,
        events: true,
        links: true,
    };

    /// Who did what, and when, and what came of it.
    pub const SUMMARY: Self = Self {
        attributes: false,
        events: false,
        links: false,
    };

    /// About how much memory the span takes with these parts.
    pub fn memory_len(self, span: SpanRef<'_>) -> usize {
        let attributes = if self.attributes {
            span.attributes().memory_len()
        } else {
            0
        };
        let events = span
            .events()
            .filter(|_| self.events)
            .map(|event| size_of::<Event>() + event.name().len() + event.attributes().memory_len());
        let links = span.links().filter(|_| self.links).map(|link| {
            size_of::<Link>() + link.trace_state().len() + link.attributes().memory_len()
        });
        let texts = span.name().len() + span.trace_state().len() + span.status_message().len();
        size_of::<Span>() + texts + attributes + events.sum::<usize>() + links.sum::<usize>()
    }

    /// The span with these parts; the others are empty.
    pub fn of(self, span: SpanRef<'_>) -> Span {
        Span {
            attributes: if self.attributes {
                span.attributes().to_key_values()
            } else {
                Vec::new()
            },
            events: if self.events {
                span.events().map(EventRef::to_event).collect()
            } else {
                Vec::new()
            },
            links: if self.links {
                span.links().map(LinkRef::to_link).collect()
            } else {
                Vec::new()
            },
            ..span.to_bare_span()
        }
    }
}

/// Some of the spans of a trace, in their order: by start, then by span id. It holds the memory that
/// they take.
#[derive(Debug)]
pub struct TracePart {
    /// The trace.
    pub id: TraceId,
    /// At least one span, and at most [`TracePart::SPANS_MAX`].
    pub spans: Vec<Span>,
    /// Whether no part of this trace follows.
    pub is_last: bool,
    /// The memory of the spans, taken from the query. Whoever keeps the spans for longer takes it
    /// again.
    pub memory: Held,
}

impl TracePart {
    /// How many spans a part has at most.
    pub const SPANS_MAX: usize = 512;

    /// A part that takes so much memory ends, and with it the span that made it so long.
    pub const BYTES: usize = 1 << 20;
}

/// What takes loaded traces, part by part. All parts of a trace come one after the other.
#[async_trait]
pub trait TraceSink: Send {
    /// Takes the next part; nothing more is loaded before that is done. `Break` ends the loading.
    async fn take(&mut self, part: TracePart) -> ControlFlow<()>;
}

/// Collects whole traces, as many as the query's memory holds.
#[derive(Debug)]
pub struct Collect {
    context: QueryContext,
    traces: Vec<Trace>,
    failed: Option<StoreError>,
}

impl Collect {
    /// Nothing is collected yet, for this query.
    pub fn new(context: &QueryContext) -> Self {
        Self {
            context: context.clone(),
            traces: Vec::new(),
            failed: None,
        }
    }

    /// What was collected.
    ///
    /// # Errors
    /// If there was more than the query's memory holds.
    pub fn into_traces(self) -> Result<Vec<Trace>, StoreError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.traces),
        }
    }
}

#[async_trait]
impl TraceSink for Collect {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        let bytes = part.spans.iter().map(Span::memory_len).sum();
        if let Err(error) = self.context.take(bytes) {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        match self.traces.last_mut() {
            Some(trace) if trace.id == part.id => trace.spans.extend(part.spans),
            _ => self.traces.push(Trace {
                id: part.id,
                spans: part.spans,
            }),
        }
        ControlFlow::Continue(())
    }
}

/// Spans on their way into parts.
#[derive(Debug)]
pub struct Parts<'a> {
    id: TraceId,
    columns: Columns,
    context: &'a QueryContext,
    spans: Vec<Span>,
    memory: Held,
}

impl<'a> Parts<'a> {
    /// The first part of this trace begins.
    pub fn new(id: TraceId, columns: Columns, context: &'a QueryContext) -> Self {
        Self {
            id,
            columns,
            context,
            spans: Vec::new(),
            memory: context.hold(),
        }
    }

    /// Adds the next span. If the part was full before, it is handed out first, since now it is
    /// known not to be the last.
    ///
    /// # Errors
    /// If the query has no memory for the span.
    pub fn push(&mut self, span: SpanRef<'_>) -> Result<Option<TracePart>, StoreError> {
        let is_full =
            self.spans.len() == TracePart::SPANS_MAX || self.memory.bytes() >= TracePart::BYTES;
        let full = is_full.then(|| self.part(false));
        self.memory.grow(self.columns.memory_len(span))?;
        self.spans.push(self.columns.of(span));
        Ok(full)
    }

    /// The last part; `None` if there was no span.
    pub fn finish(mut self) -> Option<TracePart> {
        (!self.spans.is_empty()).then(|| self.part(true))
    }

    fn part(&mut self, is_last: bool) -> TracePart {
        TracePart {
            id: self.id,
            spans: std::mem::take(&mut self.spans),
            is_last,
            memory: std::mem::replace(&mut self.memory, self.context.hold()),
        }
    }
}
