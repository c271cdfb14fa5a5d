//! What every store must do, as a suite of tests that each implementation runs.
//!
//! The suite has levels. A store says of each whether it keeps it, and gets a test for every case of
//! those that it does; the others are named by a test as well, so that none is passed over in
//! silence.
//!
//! ```no_run
//! # use clew_model::{Batch, Span};
//! # use clew_store::ReferenceStore;
//! # use clew_store::contract::{Level, Subject};
//! # fn batch_of(_: &[Span]) -> Batch { unimplemented!() }
//! # fn main() {}
//! #[derive(Default)]
//! struct Reference;
//!
//! impl Subject for Reference {
//!     type Store = ReferenceStore;
//!     const LEVELS: &[Level] = &[Level::Query, Level::Typed, Level::Isolated, Level::Deduplicated];
//!
//!     async fn open(&self) -> ReferenceStore {
//!         ReferenceStore::new()
//!     }
//!
//!     fn batch_of(&self, spans: &[Span]) -> Batch {
//!         batch_of(spans) // as a receiver makes it of a request
//!     }
//! }
//!
//! clew_store::contract_tests! {
//!     Reference {
//!         query: kept,
//!         typed: kept,
//!         isolated: kept,
//!         deduplicated: kept,
//!         durable: not_kept,
//!     }
//! }
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "every case panics if the store does not do what it must"
)]

pub mod deduplicated;
pub mod durable;
pub mod isolated;
pub mod logs;
pub mod query;
mod spans;
#[cfg(test)]
mod tests;
pub mod typed;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use clew_model::{Batch, Span, Trace, TraceId};

use crate::{
    Answer, Collect, Columns, Coverage, Position, QueryContext, Scan, TraceKey, TraceSnapshot,
    TraceStore,
};
use spans::{in_text_form, trace_id};

/// A part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Spans are kept and found, questions are answered and bounded; attribute values keep their
    /// text form.
    Query,
    /// Attribute values keep their types, and compare by them.
    Typed,
    /// A snapshot stays as it is while spans arrive.
    Isolated,
    /// Spans that are sent again are recognised.
    Deduplicated,
    /// What was kept is there when the store is opened again.
    Durable,
}

/// A store under test: where it keeps what it is given. A new one is empty.
pub trait Subject: Default {
    /// The store.
    type Store: TraceStore;

    /// Which levels of the contract it keeps.
    const LEVELS: &[Level];

    /// Opens the store. It is opened again only at [`Level::Durable`], after it was dropped, and
    /// then has what it had.
    fn open(&self) -> impl Future<Output = Self::Store>;

    /// The batch that the store is given for these spans.
    fn batch_of(&self, spans: &[Span]) -> Batch;
}

/// Makes a test of each case of the levels that the store keeps. The caller needs tokio.
#[macro_export]
macro_rules! contract_tests {
    ($subject:ident {
        query: $query:ident,
        typed: $typed:ident,
        isolated: $isolated:ident,
        deduplicated: $deduplicated:ident,
        durable: $durable:ident $(,)?
    }) => {
        $crate::contract_level!(
            $subject,
            query,
            Query,
            $query,
            [
                an_empty_store_has_nothing,
                a_batch_without_spans_changes_nothing,
                q1_a_span_is_found_by_the_next_query,
                a_span_keeps_all_that_it_had,
                a_trace_is_put_together_from_batches_in_any_order,
                different_spans_of_one_id_are_all_kept,
                a_trace_is_loaded_in_parts_and_others_apart,
                columns_that_are_not_wanted_are_empty,
                a_sink_that_has_enough_ends_the_loading,
                the_newest_traces_come_first,
                the_oldest_traces_come_first,
                the_slowest_traces_come_first,
                late_spans_only_move_a_trace_towards_the_beginning,
                the_time_range_is_of_the_spans_that_were_asked_for,
                each_predicate_holds_of_some_span_of_the_trace,
                too_many_predicates_are_refused,
                pages_follow_each_other_without_gap_and_repetition,
                no_page_shows_a_trace_again_that_has_grown,
                only_spans_that_arrived_in_a_range_count,
                a_predicate_finds_what_it_holds_of,
                attributes_are_found_wherever_they_stand,
                attributes_are_compared_by_their_text,
                durations_include_their_bounds,
                services_are_counted,
                names_are_those_of_the_spans_asked_for,
                keys_and_values_of_attributes_are_counted,
                spans_are_measured_in_groups_and_over_time,
                there_are_no_more_series_than_were_asked_for,
                calls_between_services_are_edges,
                calls_of_split_traces_are_edges,
                databases_and_brokers_are_called,
                a_query_ends_at_its_deadline,
                a_query_ends_when_it_is_cancelled,
                a_query_is_bounded_in_memory,
            ]
        );
        $crate::contract_level!(
            $subject,
            typed,
            Typed,
            $typed,
            [
                values_keep_their_types_wherever_they_stand,
                values_that_read_alike_make_different_spans,
                values_compare_by_their_types,
            ]
        );
        $crate::contract_level!(
            $subject,
            isolated,
            Isolated,
            $isolated,
            [a_snapshot_stays_as_it_is, a_snapshot_knows_where_it_ends,]
        );
        $crate::contract_level!(
            $subject,
            deduplicated,
            Deduplicated,
            $deduplicated,
            [
                q1_resent_spans_are_one_span,
                resent_spans_are_counted_once,
                resent_spans_are_one_span_whatever_their_values,
            ]
        );
        $crate::contract_level!(
            $subject,
            durable,
            Durable,
            $durable,
            [
                w1_spans_are_there_after_opening_again,
                a_store_that_was_opened_again_takes_more,
                resent_spans_are_recognised_after_opening_again,
            ]
        );
    };
}

/// The tests of one level; part of [`contract_tests`].
#[doc(hidden)]
#[macro_export]
macro_rules! contract_level {
    ($subject:ident, $module:ident, $level:ident, kept, [$($case:ident),* $(,)?]) => {
        mod $module {
            use super::$subject;

            #[test]
            fn is_declared() {
                use $crate::contract::{Level, Subject};
                assert!(<$subject as Subject>::LEVELS.contains(&Level::$level));
            }

            $(
                #[tokio::test]
                async fn $case() {
                    $crate::contract::$module::$case(&<$subject as Default>::default()).await;
                }
            )*
        }
    };
    ($subject:ident, $module:ident, $level:ident, not_kept, [$($case:ident),* $(,)?]) => {
        mod $module {
            use super::$subject;

            #[test]
            fn is_not_declared_and_skipped() {
                use $crate::contract::{Level, Subject};
                assert!(!<$subject as Subject>::LEVELS.contains(&Level::$level));
            }
        }
    };
}

/// A store that was given these batches.
async fn store_with<S: Subject>(subject: &S, batches: &[&[Span]]) -> S::Store {
    let store = subject.open().await;
    for spans in batches {
        append(subject, &store, spans).await;
    }
    store
}

async fn append<S: Subject>(subject: &S, store: &S::Store, spans: &[Span]) -> Position {
    let answer = store.append(subject.batch_of(spans)).await;
    answer.expect("the store has room")
}

/// A query that may take as much as it likes.
fn unbounded() -> QueryContext {
    QueryContext::new(Duration::from_hours(1), usize::MAX)
}

async fn snapshot<S: TraceStore>(store: &S) -> Arc<dyn TraceSnapshot> {
    store.snapshot(unbounded()).await.expect("reads")
}

/// The answer about all that is stored.
fn complete<T>(answer: Answer<T>) -> T {
    assert_eq!(answer.coverage, Coverage::Complete);
    answer.value
}

/// These traces, whole.
async fn load(snapshot: &dyn TraceSnapshot, ids: &[TraceId]) -> Vec<Trace> {
    let keys: Vec<TraceKey> = ids.iter().copied().map(TraceKey::from).collect();
    let mut traces = Collect::new(&unbounded());
    let loaded = snapshot.load(&keys, &Columns::ALL, &mut traces).await;
    complete(loaded.expect("reads"));
    traces.into_traces().expect("there is room")
}

/// The trace of this number, if it is there.
async fn trace<S: TraceStore>(store: &S, number: u8) -> Option<Trace> {
    let traces = load(&*snapshot(store).await, &[trace_id(number)]).await;
    assert!(traces.len() <= 1, "{traces:?}");
    traces.into_iter().next()
}

/// The spans of the trace in their text form; none if it is not there.
async fn spans_of<S: TraceStore>(store: &S, number: u8) -> Vec<Span> {
    let trace = trace(store, number).await;
    trace.map_or(Vec::new(), |trace| in_text_form(&trace.spans))
}

/// The numbers of the traces that the scan finds, in its order.
async fn found<S: TraceStore>(store: &S, scan: &Scan) -> Vec<u8> {
    let snapshot = snapshot(store).await;
    let candidates = snapshot.candidates(scan, None, usize::MAX).await;
    let candidates = complete(candidates.expect("reads"));
    let number = |id: TraceId| id.to_bytes()[0];
    candidates.iter().map(|it| number(it.id)).collect()
}
