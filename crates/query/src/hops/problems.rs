//! What is not as it should be at a hop, and what to do about it.

use std::collections::HashSet;

use clew_model::{SpanKind, TraceId};

use super::headers::is_unsampled;
use super::{HopSpan, Hops, Seen};
use crate::clock_skew::clock_skew;

/// Something about a hop that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopProblem {
    /// What it is about.
    pub kind: ProblemKind,
    /// What was found, in a sentence.
    pub what: String,
    /// The likely cause, and what to do, in a sentence or two.
    pub likely_cause: &'static str,
    /// Another trace that it leads to, if it is known.
    pub other_trace: Option<TraceId>,
}

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The span that called is not here.
    CallerMissing,
    /// No span of who was called is here.
    CalleeMissing,
    /// The other end of the call is in a trace of its own.
    TraceRestarted,
    /// The header that came in is none.
    HeaderInvalid,
    /// The header that came in names another trace: its receiver began a new one.
    ContextIgnored,
    /// The header that came in names another span than the parent.
    ParentChanged,
    /// The caller's sampled flag did not arrive.
    SampledFlagLost,
    /// What the caller had in `tracestate` did not arrive.
    TracestateLost,
    /// The callee worked before or after its caller called and waited.
    ClockSkew,
}

impl ProblemKind {
    /// Its name where it is written, such as in an API.
    pub fn name(self) -> &'static str {
        match self {
            Self::CallerMissing => "callerMissing",
            Self::CalleeMissing => "calleeMissing",
            Self::TraceRestarted => "traceRestarted",
            Self::HeaderInvalid => "headerInvalid",
            Self::ContextIgnored => "contextIgnored",
            Self::ParentChanged => "parentChanged",
            Self::SampledFlagLost => "sampledFlagLost",
            Self::TracestateLost => "tracestateLost",
            Self::ClockSkew => "clockSkew",
        }
    }

    fn likely_cause(self) -> &'static str {
        match self {
            Self::CallerMissing => {
                "The caller is not traced and sent the header by hand, its spans have not arrived \
                 yet, or it sends them to another backend. Trace the caller, or look at its exporter."
            }
            Self::CalleeMissing => {
                "Who was called is not traced, did not get the header, or its spans have not arrived. \
                 Trace it, and check that nothing between drops unknown headers."
            }
            Self::TraceRestarted => {
                "The context did not arrive: the caller's HTTP client writes no traceparent, \
                 something between drops it, or the callee has no W3C propagator. Look first at \
                 whether the request has the header."
            }
            Self::HeaderInvalid => {
                "Something on the way writes traceparent, and not as W3C Trace Context asks. A \
                 receiver must leave such a header aside and begin a new trace. `clew explain` takes \
                 it apart."
            }
            Self::ContextIgnored => {
                "The service does not read traceparent: its propagator is not set, or a library \
                 begins the span before the header is read. Set the W3C propagator where it starts."
            }
            Self::ParentChanged => {
                "Something between, such as a proxy or a mesh, made a span of its own and sends it \
                 nowhere, or the service has a span between the header and this one that is missing."
            }
            Self::SampledFlagLost => {
                "Something on the way has cleared the sampled flag, or the callee decides by itself. \
                 Services behind it that honour the flag record nothing. Use a parent-based sampler."
            }
            Self::TracestateLost => {
                "Something on the way hands on traceparent alone. What other tracing systems need \
                 is lost from there on. Hand on both headers."
            }
            Self::ClockSkew => {
                "The clocks of the two machines differ: between them durations can be compared, and \
                 starts cannot. Check that both run NTP."
            }
        }
    }
}

impl HopProblem {
    fn new(kind: ProblemKind, what: String) -> Self {
        Self {
            kind,
            what,
            likely_cause: kind.likely_cause(),
            other_trace: None,
        }
    }

    pub(super) fn of_dead_end(caller: &Seen) -> Self {
        let what = format!("Nobody whom {} called here has a span.", caller.service());
        Self::new(ProblemKind::CalleeMissing, what)
    }

    /// The callee of a call of this trace is in another.
    pub(super) fn of_restart(
        caller: &HopSpan,
        callee: &HopSpan,
        trace: TraceId,
        others: usize,
    ) -> Self {
        let (from, to, name) = (caller.service(), callee.service(), &callee.name);
        let what = format!("While {from} waited, {to} began a trace of its own: {name}");
        Self::of_other_trace(what, trace, others)
    }

    /// The caller of this trace's first span is in another.
    pub(super) fn of_restarted(
        callee: &HopSpan,
        caller: &HopSpan,
        trace: TraceId,
        others: usize,
    ) -> Self {
        let (from, to, name) = (caller.service(), callee.service(), &caller.name);
        let what = format!("{to} began this trace while {from} called it in another: {name}");
        Self::of_other_trace(what, trace, others)
    }

    fn of_other_trace(mut what: String, trace: TraceId, others: usize) -> Self {
        what.push_str(match others {
            0 => ".",
            1 => ". Another trace fits as well by time and request.",
            _ => ". Other traces fit as well by time and request.",
        });
        Self {
            other_trace: Some(trace),
            ..Self::new(ProblemKind::TraceRestarted, what)
        }
    }
}

impl Hops {
    pub(super) fn problems_of(&self, caller: Option<&Seen>, callee: &Seen) -> Vec<HopProblem> {
        let mut problems = Vec::new();
        if caller.is_none() && callee.parent.is_some() {
            let what = format!("The span that called {} is not here.", callee.service());
            problems.push(HopProblem::new(ProblemKind::CallerMissing, what));
        }
        problems.extend(self.header_problem(callee));
        problems.extend(flag_problem(callee));
        if let Some(caller) = caller {
            problems.extend(state_problem(caller, callee));
            problems.extend(skew_problem(caller, callee));
        }
        problems
    }

    /// What the recorded header does not agree with.
    fn header_problem(&self, callee: &Seen) -> Option<HopProblem> {
        let recorded = callee.recorded.traceparent.as_deref()?;
        let service = callee.service();
        let Some((trace, parent)) = ids_of(recorded) else {
            let what = format!("{service} was sent a traceparent that is none.");
            return Some(HopProblem::new(ProblemKind::HeaderInvalid, what));
        };
        if trace != self.trace_id {
            let what = format!("{service} was sent the trace {trace}, and is in another.");
            return Some(HopProblem {
                other_trace: Some(trace),
                ..HopProblem::new(ProblemKind::ContextIgnored, what)
            });
        }
        if callee.parent.map(|id| id.to_string()).as_deref() != Some(parent) {
            let what = format!("{service} was sent the parent {parent}, and has another.");
            return Some(HopProblem::new(ProblemKind::ParentChanged, what));
        }
        None
    }
}

/// The ids of a `traceparent`, if it is one, of whatever version.
fn ids_of(header: &str) -> Option<(TraceId, &str)> {
    let mut parts = header.trim().split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, len: usize| {
        let mut bytes = text.bytes();
        text.len() == len && bytes.all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_whole =
        is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    let is_known = version != "ff" && (version != "00" || parts.next().is_none());
    let is_set = parent.bytes().any(|byte| byte != b'0');
    (is_whole && is_known && is_set).then_some(())?;
    Some((trace.parse().ok()?, parent))
}

/// A span that is there was sampled by somebody, whatever the header said.
fn flag_problem(callee: &Seen) -> Option<HopProblem> {
    let header = callee.recorded.traceparent.as_deref()?;
    is_unsampled(header).then(|| {
        let what = format!(
            "{} was told that the trace is not sampled.",
            callee.service()
        );
        HopProblem::new(ProblemKind::SampledFlagLost, what)
    })
}

fn state_problem(caller: &Seen, callee: &Seen) -> Option<HopProblem> {
    // What did not fit may be what seems to be lost.
    if !callee.is_state_whole {
        return None;
    }
    let arrived: HashSet<&str> = members(&callee.trace_state).map(key_of).collect();
    let sent = members(&caller.trace_state).map(key_of);
    let lost: Vec<&str> = sent.filter(|key| !arrived.contains(key)).collect();
    let first = lost.first()?;
    let (from, to) = (caller.service(), callee.service());
    let what = match lost.len() {
        1 => format!("{from} had {first} in tracestate, and {to} has not."),
        more => format!(
            "{from} had {first} and {} more in tracestate, and {to} has not.",
            more - 1
        ),
    };
    Some(HopProblem::new(ProblemKind::TracestateLost, what))
}

fn members(state: &str) -> impl Iterator<Item = &str> {
    let members = state.split(',').map(str::trim);
    members.filter(|member| !member.is_empty())
}

fn key_of(member: &str) -> &str {
    member.split_once('=').map_or(member, |(key, _)| key)
}

fn skew_problem(caller: &Seen, callee: &Seen) -> Option<HopProblem> {
    // Who sends a message does not wait for it.
    let waits = caller.span.kind == SpanKind::Client && callee.span.kind == SpanKind::Server;
    let (call, handled) = (&caller.span, &callee.span);
    let skew = clock_skew([call.start, call.end], [handled.start, handled.end]);
    skew.filter(|_| waits).map(|skew| {
        let (from, to) = (caller.service(), callee.service());
        let what = format!(
            "{to} says that it worked up to {skew:.1?} before or after {from} called and waited for \
             it."
        );
        HopProblem::new(ProblemKind::ClockSkew, what)
    })
}
