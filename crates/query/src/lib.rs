//! Questions about whole traces, answered from any [`TraceStore`](clew_store::TraceStore).
//!
//! A store knows spans. Here is what makes them traces: what a trace is in one line
//! ([`TraceSummary`]), which traces a search finds, a page at a time ([`Search`]), what a trace
//! lacks, with the likely cause ([`Findings`]), where it failed ([`Failures`]), and how it differs from another ([`Comparison`]). So is
//! what services make of them: who calls whom ([`MapQuestion`]), and how well each does what it does
//! ([`ServiceQuestion`]).
//!
//! A query language becomes a [`Search`] too: conditions that one span decides are predicates of its
//! scan; those on the structure of a trace will be checked here, on the candidates that the store
//! yields.

mod clock_skew;
mod compare;
mod failures;
mod findings;
mod hops;
mod search;
mod services;
mod summary;

pub use compare::{
    Change, ChangeTotals, ComparedRow, ComparedSpan, ComparedTrace, Comparison, EXPLANATIONS_MAX,
    ErrorChange, Explanation,
};
pub use failures::{Failed, FailedSpan, Failures};
pub use findings::{Finding, FindingKind, Findings};
pub use hops::{Header, HeaderSource, Hop, HopProblem, HopSpan, Hops, LooseEnds, ProblemKind};
pub use search::{Page, Search};
pub use services::{
    CALLED_KINDS, Example, Figures, FiguresCell, FiguresSeries, Load, LoadQuestion, MapQuestion,
    NameFigures, ServiceFigures, ServiceLoad, ServiceMap, ServiceQuestion, Window, Windows,
    of_kinds,
};
pub use summary::{Root, ServiceSummary, Summarizer, TraceSummary};
