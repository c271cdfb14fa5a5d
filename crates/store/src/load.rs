//! Whole traces, in parts of bounded size.

use std::ops::ControlFlow;

use async_trait::async_trait;
use clew_model::{EventRef, LinkRef, Span, SpanRef, Trace, TraceId};

use crate::{QueryContext, StoreError};

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

/// Some of the spans of a trace, in their order: by start, then by span id.
#[derive(Debug, Clone, PartialEq)]
pub struct TracePart {
    /// The trace.
    pub id: TraceId,
    /// At least one span, and at most [`TracePart::SPANS_MAX`].
    pub spans: Vec<Span>,
    /// Whether no part of this trace follows.
    pub is_last: bool,
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
pub struct Parts {
    id: TraceId,
    spans: Vec<Span>,
    bytes: usize,
}

impl Parts {
    /// The first part of this trace begins.
    pub fn new(id: TraceId) -> Self {
        Self {
            id,
            spans: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds the next span. If the part was full before, it is handed out first, since now it is
    /// known not to be the last.
    pub fn push(&mut self, span: Span) -> Option<TracePart> {
        let is_full = self.spans.len() == TracePart::SPANS_MAX || self.bytes >= TracePart::BYTES;
        let full = is_full.then(|| {
            self.bytes = 0;
            TracePart {
                id: self.id,
                spans: std::mem::take(&mut self.spans),
                is_last: false,
            }
        });
        self.bytes += span.memory_len();
        self.spans.push(span);
        full
    }

    /// The last part; `None` if there was no span.
    pub fn finish(self) -> Option<TracePart> {
        (!self.spans.is_empty()).then_some(TracePart {
            id: self.id,
            spans: self.spans,
            is_last: true,
        })
    }
}
