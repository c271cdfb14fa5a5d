//! The same of log records: the levels of the contract, and the tests of each.

mod bounds;
mod found;
mod kept;
mod records;

use std::future::Future;
use std::sync::Arc;

use clew_model::{LogBatch, LogRecord, TimeRange};

use super::{Level, complete, unbounded};
use crate::{LogPage, LogScan, LogSnapshot, LogStore, Position, Predicate};

pub use bounds::*;
pub use found::*;
pub use kept::*;

/// A store of log records under test, as [`Subject`](super::Subject) is one of spans.
pub trait LogSubject: Default {
    /// The store.
    type Store: LogStore;

    /// Which levels of the contract it keeps.
    const LEVELS: &[Level];

    /// Opens the store. It is opened again only at [`Level::Durable`], after it was dropped, and
    /// then has what it had.
    fn open(&self) -> impl Future<Output = Self::Store>;

    /// The batch that the store is given for these log records.
    fn batch_of(&self, records: &[LogRecord]) -> LogBatch;
}

/// Makes a test of each case of the levels that the store keeps, as
/// [`contract_tests`](crate::contract_tests) does for spans.
#[macro_export]
macro_rules! log_contract_tests {
    ($subject:ident {
        query: $query:ident,
        typed: $typed:ident,
        isolated: $isolated:ident,
        deduplicated: $deduplicated:ident,
        durable: $durable:ident $(,)?
    }) => {
        $crate::log_contract_level!(
            $subject,
            query,
            Query,
            $query,
            [
                an_empty_store_has_no_log_records,
                a_batch_without_log_records_changes_nothing,
                q1_a_log_record_is_found_by_the_next_query,
                a_log_record_keeps_all_that_it_had,
                the_newest_log_records_come_first,
                the_oldest_log_records_come_first,
                log_records_of_one_time_come_as_they_arrived,
                a_time_that_is_not_known_is_that_of_the_observer,
                log_records_are_found_by_what_they_say,
                log_records_of_a_trace_and_of_a_span_are_found,
                pages_of_log_records_have_no_gap_and_no_repetition,
                a_page_of_log_records_is_bounded_in_bytes,
                only_log_records_that_arrived_in_a_range_are_found,
                log_records_are_counted_over_time_by_severity,
                services_of_log_records_are_counted,
                a_log_query_ends_at_its_deadline,
                a_log_query_ends_when_it_is_cancelled,
                a_log_query_is_bounded_in_memory,
            ]
        );
        $crate::log_contract_level!(
            $subject,
            typed,
            Typed,
            $typed,
            [bodies_and_attributes_keep_their_types]
        );
        $crate::log_contract_level!(
            $subject,
            isolated,
            Isolated,
            $isolated,
            [
                a_log_snapshot_stays_as_it_is,
                a_log_snapshot_knows_where_it_ends,
            ]
        );
        $crate::log_contract_level!(
            $subject,
            deduplicated,
            Deduplicated,
            $deduplicated,
            [
                log_records_that_are_sent_again_are_there_once,
                a_program_may_say_the_same_twice,
                two_instances_of_a_service_may_say_the_same,
            ]
        );
        $crate::log_contract_level!(
            $subject,
            durable,
            Durable,
            $durable,
            [
                w1_log_records_are_there_after_opening_again,
                log_records_are_recognised_after_opening_again,
            ]
        );
    };
}

/// The tests of one level; part of [`log_contract_tests`].
#[doc(hidden)]
#[macro_export]
macro_rules! log_contract_level {
    ($subject:ident, $module:ident, $level:ident, kept, [$($case:ident),* $(,)?]) => {
        mod $module {
            use super::$subject;

            #[test]
            fn is_declared() {
                use $crate::contract::{Level, logs::LogSubject};
                assert!(<$subject as LogSubject>::LEVELS.contains(&Level::$level));
            }

            $(
                #[tokio::test]
                async fn $case() {
                    $crate::contract::logs::$case(&<$subject as Default>::default()).await;
                }
            )*
        }
    };
    ($subject:ident, $module:ident, $level:ident, not_kept, [$($case:ident),* $(,)?]) => {
        mod $module {
            use super::$subject;

            #[test]
            fn is_not_declared_and_skipped() {
                use $crate::contract::{Level, logs::LogSubject};
                assert!(!<$subject as LogSubject>::LEVELS.contains(&Level::$level));
            }
        }
    };
}

async fn append<S: LogSubject>(subject: &S, store: &S::Store, records: &[LogRecord]) -> Position {
    let answer = store.append_logs(subject.batch_of(records)).await;
    answer.expect("the store has room")
}

/// A store that was given these batches.
async fn store_with<S: LogSubject>(subject: &S, batches: &[&[LogRecord]]) -> S::Store {
    let store = subject.open().await;
    for records in batches {
        append(subject, &store, records).await;
    }
    store
}

async fn snapshot<S: LogStore>(store: &S) -> Arc<dyn LogSnapshot> {
    store.log_snapshot(unbounded()).await.expect("reads")
}

fn everything() -> LogScan {
    LogScan::newest(TimeRange::ALL, Predicate::TRUE)
}

/// All that the scan finds.
async fn page<S: LogStore>(store: &S, scan: &LogScan) -> LogPage {
    let page = snapshot(store).await.records(scan, None, usize::MAX).await;
    complete(page.expect("reads"))
}

/// The log records of a page.
fn records_of(page: LogPage) -> Vec<LogRecord> {
    page.records.into_iter().map(|found| found.record).collect()
}

/// What the log records of a scan say, in its order.
async fn said<S: LogStore>(store: &S, scan: &LogScan) -> Vec<String> {
    let records = records_of(page(store, scan).await);
    records
        .iter()
        .map(|record| record.body.to_string())
        .collect()
}
