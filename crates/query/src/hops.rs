//! How the context of a trace went from process to process: each hop, with the headers that it took.
//!
//! What a service records of the headers is told as it is (`http.request.header.traceparent`, which
//! instrumentation keeps if it is told to); what it does not is put together again from ids, flags and
//! the state of the trace, and said to be so.
#![expect(
    clippy::similar_names,
    reason = "caller and callee are what the two ends are called"
)]

mod headers;
mod problems;
mod request;
mod restarts;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use clew_model::{Span, SpanId, SpanKind, Timestamp, TraceId};
use clew_store::{Held, QueryContext, StoreError};

pub(crate) use headers::is_told_unsampled;
pub use headers::{Header, HeaderSource};
use headers::{Recorded, reconstructed_traceparent};
pub use problems::{HopProblem, ProblemKind};
use request::Request;
use restarts::LooseEnd;
pub use restarts::LooseEnds;

/// A call from one process to another, as far as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The span that called; `None` if it is not here.
    pub caller: Option<HopSpan>,
    /// What the called span says that its caller is, whether or not that is here.
    pub caller_id: Option<SpanId>,
    /// The span that was called; `None` if none is here.
    pub callee: Option<HopSpan>,
    /// The header that went along, if one did as far as is known.
    pub traceparent: Option<Header>,
    /// The same of what tracing systems on the way added.
    pub tracestate: Option<Header>,
    /// What is not as it should be.
    pub problems: Vec<HopProblem>,
}

/// One end of a hop. Of its texts no more than 1,024 bytes are kept, with an ellipsis where they were cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopSpan {
    /// Which span.
    pub id: SpanId,
    /// Its service, if its resource names one.
    pub service: Option<String>,
    /// What it did.
    pub name: String,
    /// The part that it played.
    pub kind: SpanKind,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
}

/// Follows the context through a trace, span by span, in any order.
#[derive(Debug)]
pub struct Hops {
    trace_id: TraceId,
    spans: Vec<Seen>,
    by_id: HashMap<SpanId, usize>,
    context: QueryContext,
    memory: Held,
}

/// What is kept of a span.
#[derive(Debug)]
struct Seen {
    span: HopSpan,
    parent: Option<SpanId>,
    flags: u32,
    trace_state: String,
    /// Whether that is all of it.
    is_state_whole: bool,
    /// What was recorded of the headers.
    recorded: Recorded,
    request: Request,
    /// What tells its process from others: the service, its instance, its host and process.
    process: String,
    /// Whether it calls what is not traced by nature, such as a database.
    is_to_leaf: bool,
}

/// What a span takes here, beside its texts and with its entry in the table.
const SEEN_BYTES: usize = size_of::<Seen>() + 2 * size_of::<(SpanId, usize)>();

/// A longer text is cut: that of a caller is told again with each of its callees, of which there may be
/// thousands, and whoever wants all of it finds it at the span.
const TEXT_LEN_MAX: usize = 1024;

/// The bits of a span's flags that tell whether its parent is in another process.
///
/// Source: `SpanFlags` in OTLP's `trace.proto`.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Attributes of a resource that tell one process from another.
const PROCESS_KEYS: [&str; 5] = [
    "service.namespace",
    "service.name",
    "service.instance.id",
    "host.name",
    "process.pid",
];

/// Attributes of calls to what makes no spans of its own.
const LEAF_KEYS: [&str; 3] = ["db.system.name", "db.system", "messaging.system"];

impl Hops {
    /// No span was seen yet.
    pub fn new(trace_id: TraceId, context: &QueryContext) -> Self {
        Self {
            trace_id,
            spans: Vec::new(),
            by_id: HashMap::new(),
            context: context.clone(),
            memory: context.hold(),
        }
    }

    /// Looks at the next span.
    ///
    /// # Errors
    /// If the query has no memory for it.
    pub fn add(&mut self, span: &Span) -> Result<(), StoreError> {
        let seen = Seen::of(span);
        self.memory.grow(SEEN_BYTES + seen.text_len())?;
        self.by_id.entry(span.span_id).or_insert(self.spans.len());
        self.spans.push(seen);
        Ok(())
    }

    /// The hops, by when they began, and the calls that have but one end in this trace.
    ///
    /// # Errors
    /// If the query has no memory for them.
    pub fn finish(self) -> Result<(Vec<Hop>, LooseEnds), StoreError> {
        let mut memory = self.context.hold();
        let (mut hops, loose_ends) = self.follow(&mut memory)?;
        hops.sort_by_key(Hop::start);
        memory.keep();
        let loose_ends = LooseEnds::new(self.trace_id, loose_ends, self.context);
        Ok((hops, loose_ends))
    }

    /// The hops as far as this trace shows them, and the calls that have but one end here.
    fn follow(&self, memory: &mut Held) -> Result<(Vec<Hop>, Vec<LooseEnd>), StoreError> {
        let mut hops = Vec::new();
        let mut loose_ends = Vec::new();
        let mut keep = |hop: Hop| {
            memory.grow(hop.memory_len())?;
            hops.push(hop);
            Ok::<_, StoreError>(())
        };
        let mut has_callee = vec![false; self.spans.len()];
        for callee in &self.spans {
            let caller = self.caller_of(callee);
            if is_beginning(callee) && loose_ends.len() < restarts::SEARCHES_MAX {
                loose_ends.push(LooseEnd::of_beginning(callee));
            }
            if !is_hop(caller, callee) {
                continue;
            }
            if let Some(at) = callee.parent.and_then(|id| self.by_id.get(&id)) {
                has_callee[*at] = true;
            }
            keep(self.hop(caller, callee))?;
        }
        let dead_ends = self.spans.iter().zip(has_callee);
        let dead_ends = dead_ends.filter(|(span, has_callee)| !has_callee && span.calls_out());
        for (caller, _) in dead_ends {
            keep(self.dead_end(caller))?;
            if loose_ends.len() < restarts::SEARCHES_MAX {
                loose_ends.push(LooseEnd::of_call(caller));
            }
        }
        Ok((hops, loose_ends))
    }

    fn caller_of(&self, callee: &Seen) -> Option<&Seen> {
        let caller = &self.spans[*self.by_id.get(&callee.parent?)?];
        (!std::ptr::eq(caller, callee)).then_some(caller)
    }

    fn hop(&self, caller: Option<&Seen>, callee: &Seen) -> Hop {
        let received = callee.recorded.traceparent.clone();
        let sent = caller.and_then(|caller| caller.recorded.traceparent.clone());
        let recorded = received.or(sent).map(Header::recorded);
        let traceparent = recorded.or_else(|| {
            let flags = caller.map_or(callee.flags, |caller| caller.flags);
            let parent = callee.parent?;
            Some(reconstructed_traceparent(self.trace_id, parent, flags))
        });
        let tracestate = callee.recorded.tracestate.clone().map(Header::recorded);
        let tracestate = tracestate.or_else(|| Header::reconstructed_if_set(&callee.trace_state));
        Hop {
            caller: caller.map(|caller| caller.span.clone()),
            caller_id: callee.parent,
            callee: Some(callee.span.clone()),
            traceparent,
            tracestate,
            problems: self.problems_of(caller, callee),
        }
    }

    /// A call of which no span of who was called is here.
    fn dead_end(&self, caller: &Seen) -> Hop {
        let sent = caller.recorded.traceparent.clone().map(Header::recorded);
        let (id, flags) = (caller.span.id, caller.flags);
        let sent = sent.unwrap_or_else(|| reconstructed_traceparent(self.trace_id, id, flags));
        let state = caller.recorded.tracestate.clone().map(Header::recorded);
        Hop {
            caller: Some(caller.span.clone()),
            caller_id: Some(caller.span.id),
            callee: None,
            traceparent: Some(sent),
            tracestate: state.or_else(|| Header::reconstructed_if_set(&caller.trace_state)),
            problems: vec![HopProblem::of_dead_end(caller)],
        }
    }
}

/// Whether the context came to the span from another process.
fn is_hop(caller: Option<&Seen>, callee: &Seen) -> bool {
    match caller {
        Some(caller) if callee.flags & HAS_IS_REMOTE != 0 => {
            callee.flags & IS_REMOTE != 0 || caller.process != callee.process
        }
        Some(caller) => caller.process != callee.process,
        // A span that was called and says by whom, or was sent a header that it did not follow.
        None => {
            callee.is_called() && (callee.parent.is_some() || callee.recorded.traceparent.is_some())
        }
    }
}

/// Whether it was called, and nobody told it of a trace.
fn is_beginning(callee: &Seen) -> bool {
    callee.is_called() && callee.parent.is_none() && callee.recorded.traceparent.is_none()
}

impl Hop {
    /// When its first end that is here began.
    fn start(&self) -> Option<Timestamp> {
        let ends = [&self.caller, &self.callee].into_iter().flatten();
        ends.map(|end| end.start).min()
    }

    /// How much memory it takes, in bytes.
    fn memory_len(&self) -> usize {
        let ends = [&self.caller, &self.callee].into_iter().flatten();
        let headers = [&self.traceparent, &self.tracestate].into_iter().flatten();
        let problems = self.problems.iter();
        2 * size_of::<Self>()
            + ends.map(HopSpan::text_len).sum::<usize>()
            + headers.map(|header| header.value.len()).sum::<usize>()
            + problems
                .map(|problem| size_of::<HopProblem>() + problem.what.len())
                .sum::<usize>()
    }
}

impl HopSpan {
    pub(crate) fn of(span: &Span) -> Self {
        Self {
            id: span.span_id,
            service: span.service_name().map(shortened),
            name: shortened(&span.name),
            kind: span.kind,
            start: span.start,
            end: span.end,
        }
    }

    /// How many bytes of text it has.
    pub(crate) fn text_len(&self) -> usize {
        self.service.as_ref().map_or(0, String::len) + self.name.len()
    }

    fn service(&self) -> &str {
        match self.service.as_deref() {
            None | Some("") => "a service without a name",
            Some(name) => name,
        }
    }
}

/// The text without what is beyond the length that is kept of one.
pub(crate) fn shortened(text: &str) -> String {
    if text.len() <= TEXT_LEN_MAX {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(TEXT_LEN_MAX)])
}

impl Seen {
    fn of(span: &Span) -> Self {
        let resource = &span.resource.attributes;
        let process = resource
            .iter()
            .filter(|it| PROCESS_KEYS.contains(&&*it.key));
        let mut process: Vec<String> = process
            .map(|it| format!("{}={:?}", it.key, it.value))
            .collect();
        process.sort_unstable();
        let state = headers::cut_tracestate(&span.trace_state);
        Self {
            span: HopSpan::of(span),
            parent: span.parent_span_id,
            flags: span.flags,
            trace_state: state.to_owned(),
            is_state_whole: state.len() == span.trace_state.len(),
            recorded: Recorded::of(span),
            request: Request::of(span),
            process: process.join(","),
            is_to_leaf: span
                .attributes
                .iter()
                .any(|it| LEAF_KEYS.contains(&&*it.key)),
        }
    }

    /// How many bytes of text are kept.
    fn text_len(&self) -> usize {
        self.span.text_len()
            + self.trace_state.len()
            + self.recorded.text_len()
            + self.request.text_len()
            + self.process.len()
    }

    /// Whether it is a call to another process that could have a span.
    fn calls_out(&self) -> bool {
        matches!(self.span.kind, SpanKind::Client | SpanKind::Producer) && !self.is_to_leaf
    }

    fn is_called(&self) -> bool {
        matches!(self.span.kind, SpanKind::Server | SpanKind::Consumer)
    }

    fn service(&self) -> &str {
        self.span.service()
    }
}
