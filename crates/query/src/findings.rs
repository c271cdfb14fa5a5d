//! What a trace lacks, or shows that cannot be, and what is the likely cause.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use clew_model::{Span, SpanId, SpanKind, Timestamp};
use clew_store::{Held, QueryContext, StoreError};

use crate::clock_skew::clock_skew;
use crate::hops::is_told_unsampled;

/// Something about a trace that whoever reads it should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// What was found, in a sentence.
    pub what: String,
    /// The likely cause, and what to look at, in a sentence or two.
    pub likely_cause: &'static str,
    /// How many spans it is about.
    pub spans: u64,
    /// Some of them, the earliest first; at most [`Finding::EXAMPLES_MAX`].
    pub examples: Vec<SpanId>,
}

impl Finding {
    /// Enough to see what the spans have in common.
    pub const EXAMPLES_MAX: usize = 10;
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// Calls came in from a span that is not there.
    MissingCaller,
    /// A service's own span is not there, and those that it caused are.
    MissingParent,
    /// There are several spans without a parent.
    SeveralRoots,
    /// A call was handled outside of the time that its caller took.
    ClockSkew,
    /// Spans were sent a `traceparent` whose sampled flag is not set, and were recorded all the same.
    SampledFlagLost,
    /// Different spans have one id.
    SharedSpanId,
}

impl FindingKind {
    const ALL: [Self; 6] = [
        Self::MissingCaller,
        Self::MissingParent,
        Self::SeveralRoots,
        Self::ClockSkew,
        Self::SampledFlagLost,
        Self::SharedSpanId,
    ];

    /// Its name where it is written, such as in an API.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingCaller => "missingCaller",
            Self::MissingParent => "missingParent",
            Self::SeveralRoots => "severalRoots",
            Self::ClockSkew => "clockSkew",
            Self::SampledFlagLost => "sampledFlagLost",
            Self::SharedSpanId => "sharedSpanId",
        }
    }

    /// The likely cause.
    fn likely_cause(self) -> &'static str {
        match self {
            Self::MissingCaller => {
                "The caller's spans have not arrived: it may still be at work, or it was stopped \
                 before it sent them; it sends them to another backend; it samples differently; or \
                 something between, such as a proxy, makes a span of its own and sends none."
            }
            Self::MissingParent => {
                "The service has lost a span of its own: the span has not ended yet, or the queue \
                 of its exporter was full and dropped it. OTEL_BSP_MAX_QUEUE_SIZE makes it longer."
            }
            Self::SeveralRoots => {
                "Somewhere the context was not handed on, and the trace id was: a client that sets \
                 traceparent by hand, or work that goes on after the request without the context."
            }
            Self::ClockSkew => {
                "The clocks of the two machines differ. Within one service times can be compared; \
                 between the two, durations can, and starts cannot. Check that both run NTP."
            }
            Self::SampledFlagLost => {
                "Something on the way, such as a proxy or an older library, has cleared the sampled \
                 flag of traceparent. Services behind it that honour the flag record nothing, so \
                 parts of the trace may be missing."
            }
            Self::SharedSpanId => {
                "A service has made the same id twice, as after a fork of a process that shares its \
                 random numbers, or has sent a span once as it began and once as it ended."
            }
        }
    }
}

/// Looks for what a trace lacks, span by span, in the order of their start.
#[derive(Debug)]
pub struct Findings {
    spans: Vec<Seen>,
    by_id: HashMap<SpanId, usize>,
    services: HashMap<Option<String>, usize>,
    service_names: Vec<Option<String>>,
    memory: Held,
}

#[derive(Debug)]
struct Seen {
    id: SpanId,
    parent: Option<SpanId>,
    service: usize,
    kind: SpanKind,
    start: Timestamp,
    end: Timestamp,
    /// Whether it was sent a `traceparent`, as far as it says, that is not sampled.
    is_told_unsampled: bool,
}

/// What a span takes here, with its entry in the table.
const SEEN_BYTES: usize = size_of::<Seen>() + 2 * size_of::<(SpanId, usize)>();

impl Findings {
    /// No span was seen yet.
    pub fn new(context: &QueryContext) -> Self {
        Self {
            spans: Vec::new(),
            by_id: HashMap::new(),
            services: HashMap::new(),
            service_names: Vec::new(),
            memory: context.hold(),
        }
    }

    /// Looks at the next span.
    ///
    /// # Errors
    /// If the query has no memory for it.
    pub fn add(&mut self, span: &Span) -> Result<(), StoreError> {
        self.memory.grow(SEEN_BYTES)?;
        self.by_id.entry(span.span_id).or_insert(self.spans.len());
        let service = self.service(span.service_name())?;
        self.spans.push(Seen {
            id: span.span_id,
            parent: span.parent_span_id,
            service,
            kind: span.kind,
            start: span.start,
            end: span.end,
            is_told_unsampled: is_told_unsampled(span),
        });
        Ok(())
    }

    fn service(&mut self, name: Option<&str>) -> Result<usize, StoreError> {
        let name = name.map(str::to_owned);
        if let Some(&number) = self.services.get(&name) {
            return Ok(number);
        }
        self.memory.grow(2 * name.as_ref().map_or(0, String::len))?;
        let number = self.service_names.len();
        self.service_names.push(name.clone());
        self.services.insert(name, number);
        Ok(number)
    }

    /// What was found, in the order of [`FindingKind`].
    pub fn finish(self) -> Vec<Finding> {
        let found = FindingKind::ALL.into_iter().filter_map(|kind| {
            let spans: Vec<&Seen> = match kind {
                FindingKind::SeveralRoots => self.roots(),
                _ => self
                    .spans
                    .iter()
                    .filter(|span| self.is(kind, span))
                    .collect(),
            };
            let first = spans.first()?;
            Some(Finding {
                kind,
                what: self.what(kind, first, &spans),
                likely_cause: kind.likely_cause(),
                spans: spans.len() as u64,
                examples: spans
                    .iter()
                    .take(Finding::EXAMPLES_MAX)
                    .map(|it| it.id)
                    .collect(),
            })
        });
        found.collect()
    }

    /// The spans without a parent, if there are several.
    fn roots(&self) -> Vec<&Seen> {
        let roots = self.spans.iter().filter(|span| span.parent.is_none());
        let roots: Vec<_> = roots.collect();
        if roots.len() > 1 { roots } else { Vec::new() }
    }

    /// Whether the span by itself is one that a finding of this kind is about.
    fn is(&self, kind: FindingKind, span: &Seen) -> bool {
        let is_called = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
        match kind {
            FindingKind::MissingCaller => self.is_orphan(span) && is_called,
            FindingKind::MissingParent => self.is_orphan(span) && !is_called,
            FindingKind::SeveralRoots => span.parent.is_none(),
            FindingKind::ClockSkew => self.skew(span).is_some(),
            // Some SDKs fill in no flags but those of a remote parent, which says nothing of sampling.
            FindingKind::SampledFlagLost => span.is_told_unsampled,
            FindingKind::SharedSpanId => {
                let first = self.by_id.get(&span.id).map(|&first| &self.spans[first]);
                first.is_some_and(|first| !std::ptr::eq(first, span))
            }
        }
    }

    fn is_orphan(&self, span: &Seen) -> bool {
        span.parent
            .is_some_and(|parent| !self.by_id.contains_key(&parent))
    }

    fn skew(&self, span: &Seen) -> Option<Duration> {
        let caller = self.caller(span)?;
        clock_skew([caller.start, caller.end], [span.start, span.end])
    }

    /// The span of another service that waits for this one.
    fn caller(&self, span: &Seen) -> Option<&Seen> {
        let caller = &self.spans[*self.by_id.get(&span.parent?)?];
        let is_call = caller.kind == SpanKind::Client && span.kind == SpanKind::Server;
        (is_call && caller.service != span.service).then_some(caller)
    }

    fn what(&self, kind: FindingKind, first: &Seen, spans: &[&Seen]) -> String {
        let count = spans.len();
        let service = self.name(first.service);
        let of = Services(self, spans);
        match kind {
            FindingKind::MissingCaller => match count {
                1 => format!("The span that called {service} is not here."),
                _ => format!("The spans behind {count} calls to {of} are not here."),
            },
            FindingKind::MissingParent => match count {
                1 => format!("A span of {service} has a parent that is not here."),
                _ => format!("{count} spans of {of} have parents that are not here."),
            },
            FindingKind::SeveralRoots => format!("{count} spans have no parent, of {of}."),
            FindingKind::ClockSkew => {
                let most = spans
                    .iter()
                    .filter_map(|span| self.skew(span))
                    .max()
                    .unwrap_or_default();
                let caller = self
                    .caller(first)
                    .map_or("its caller", |it| self.name(it.service));
                format!(
                    "{service} says that it worked up to {most:.1?} before or after {caller} called \
                     and waited for it."
                )
            }
            FindingKind::SampledFlagLost => match count {
                1 => format!("A span of {service} was told that the trace is not sampled."),
                _ => format!("{count} spans of {of} were told that the trace is not sampled."),
            },
            FindingKind::SharedSpanId => match count {
                1 => format!("A span of {service} has the id of another span."),
                _ => format!("{count} spans of {of} have the ids of other spans."),
            },
        }
    }

    fn name(&self, service: usize) -> &str {
        match self.service_names[service].as_deref() {
            None | Some("") => "a service without a name",
            Some(name) => name,
        }
    }
}

/// The services of these spans: the first one, and how many more.
struct Services<'a>(&'a Findings, &'a [&'a Seen]);

impl fmt::Display for Services<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(findings, spans) = self;
        let mut services: Vec<usize> = spans.iter().map(|span| span.service).collect();
        let first = services.first().copied().unwrap_or_default();
        services.sort_unstable();
        services.dedup();
        f.write_str(findings.name(first))?;
        match services.len() {
            0 | 1 => Ok(()),
            2 => f.write_str(" and another service"),
            count => write!(f, " and {} other services", count - 1),
        }
    }
}
