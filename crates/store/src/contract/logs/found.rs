//! Log records are found, in order and page by page, and counted.

use std::time::Duration;

use clew_model::{KeyValue, LogRecord, SeverityLevel, TimeRange};

use super::super::complete;
use super::super::spans::{at_ms, service, span_id, trace_id};
use super::records::{bare, of_level, record, within};
use super::{LogSubject, append, everything, page, said, snapshot, store_with};
use crate::{
    AttributeScope, Comparison, Field, Intrinsic, LogCounts, LogOrder, LogPage, LogScan, Predicate,
    Scalar, Values, ValuesOf,
};

fn oldest() -> LogScan {
    LogScan {
        order: LogOrder::Oldest,
        ..everything()
    }
}

/// By the time at which they happened, in whatever order they come.
pub async fn the_newest_log_records_come_first<S: LogSubject>(subject: &S) {
    let batches = [
        [record("2", 2), record("5", 5)],
        [record("4", 4), record("1", 1)],
    ];
    let store = store_with(subject, &[&batches[0], &batches[1]]).await;
    assert_eq!(said(&store, &everything()).await, ["5", "4", "2", "1"]);
    let some = LogScan {
        time: TimeRange {
            start: at_ms(2),
            end: at_ms(4),
        },
        ..everything()
    };
    assert_eq!(said(&store, &some).await, ["4", "2"]);
}

/// As one reads a log.
pub async fn the_oldest_log_records_come_first<S: LogSubject>(subject: &S) {
    let batches = [
        [record("2", 2), record("5", 5)],
        [record("4", 4), record("1", 1)],
    ];
    let store = store_with(subject, &[&batches[0], &batches[1]]).await;
    assert_eq!(said(&store, &oldest()).await, ["1", "2", "4", "5"]);
}

/// The lines of a program stay in their order, though its clock is coarse.
pub async fn log_records_of_one_time_come_as_they_arrived<S: LogSubject>(subject: &S) {
    let batches = [["a", "b"], ["c", "d"]].map(|texts| texts.map(|text| record(text, 1)));
    let store = store_with(subject, &[&batches[0], &batches[1]]).await;
    assert_eq!(said(&store, &oldest()).await, ["a", "b", "c", "d"]);
    assert_eq!(said(&store, &everything()).await, ["d", "c", "b", "a"]);
}

/// A collector that reads files often knows no other.
pub async fn a_time_that_is_not_known_is_that_of_the_observer<S: LogSubject>(subject: &S) {
    // It is observed a millisecond later.
    let records = [record("2", 2), bare(record("3", 2)), record("4", 4)];
    let store = store_with(subject, &[&records]).await;
    assert_eq!(said(&store, &oldest()).await, ["2", "3", "4"]);
    let some = LogScan {
        time: TimeRange {
            start: at_ms(3),
            end: at_ms(3),
        },
        ..everything()
    };
    assert_eq!(said(&store, &some).await, ["3"]);
}

/// By all that a predicate can be about.
pub async fn log_records_are_found_by_what_they_say<S: LogSubject>(subject: &S) {
    let records = [
        record("the card was refused", 1),
        of_level(SeverityLevel::Warn, record("slow", 2)),
        of_level(SeverityLevel::Error, record("no such card", 3)),
        LogRecord {
            attributes: vec![KeyValue::new("user.id", "anna")],
            resource: service("shop"),
            event_name: "login".to_owned(),
            ..record("hello", 4)
        },
    ];
    let store = store_with(subject, &[&records]).await;
    let body = || Field::from(Intrinsic::Body);
    let severity = |level: SeverityLevel| {
        let least = Scalar::Int(level.least().number().into());
        Predicate::Compare(
            Intrinsic::Severity.into(),
            Comparison::GreaterOrEqual,
            least,
        )
    };
    let user = |scope| Predicate::equal(Field::attribute(scope, "user.id"), "anna");
    let cases: [(Predicate, &[&str]); 10] = [
        (
            Predicate::Contains(body(), "card".to_owned()),
            &["the card was refused", "no such card"],
        ),
        (Predicate::HasWord(body(), "refuse".to_owned()), &[]),
        (Predicate::equal(Intrinsic::Body, "slow"), &["slow"]),
        (severity(SeverityLevel::Warn), &["slow", "no such card"]),
        (
            Predicate::equal(Intrinsic::SeverityText, "ERROR"),
            &["no such card"],
        ),
        (user(AttributeScope::Span), &["hello"]),
        (user(AttributeScope::Any), &["hello"]),
        (user(AttributeScope::Resource), &[]),
        (Predicate::equal(Field::service(), "shop"), &["hello"]),
        (Predicate::equal(Intrinsic::EventName, "login"), &["hello"]),
    ];
    for (records, expected) in cases {
        let scan = LogScan {
            records,
            ..oldest()
        };
        assert_eq!(said(&store, &scan).await, expected, "{:?}", scan.records);
    }
}

/// What a trace page shows.
pub async fn log_records_of_a_trace_and_of_a_span_are_found<S: LogSubject>(subject: &S) {
    let records = [
        within(1, 1, record("one", 1)),
        within(1, 2, record("two", 2)),
        within(2, 1, record("other", 3)),
        record("none", 4),
    ];
    let store = store_with(subject, &[&records[..2], &records[2..]]).await;
    let of_trace = Predicate::equal(Intrinsic::TraceId, Scalar::TraceId(trace_id(1)));
    let of_span = Predicate::equal(Intrinsic::SpanId, Scalar::SpanId(span_id(2)));
    for (records, expected) in [
        (of_trace.clone(), &["one", "two"][..]),
        (Predicate::All(vec![of_trace, of_span]), &["two"]),
        (
            Predicate::Not(Box::new(Predicate::Exists(Intrinsic::TraceId.into()))),
            &["none"],
        ),
    ] {
        let scan = LogScan {
            records,
            ..oldest()
        };
        assert_eq!(said(&store, &scan).await, expected);
    }
}

/// Each page in turn.
async fn pages<S: LogSubject>(store: &S::Store, scan: &LogScan, limit: usize) -> Vec<LogPage> {
    let snapshot = snapshot(store).await;
    let mut pages: Vec<LogPage> = Vec::new();
    loop {
        let after = pages.last().and_then(|page| page.next);
        let page = snapshot.records(scan, after.as_ref(), limit).await;
        let page = complete(page.expect("reads"));
        let has_more = page.next.is_some();
        assert!(page.records.len() <= limit);
        pages.push(page);
        if !has_more {
            return pages;
        }
    }
}

/// In both directions, and where many are of one time.
pub async fn pages_of_log_records_have_no_gap_and_no_repetition<S: LogSubject>(subject: &S) {
    let store = subject.open().await;
    for batch in 0..6 {
        let records: Vec<LogRecord> = (0..5)
            .map(|number| record(&format!("{batch} {number}"), number * (batch % 3)))
            .collect();
        append(subject, &store, &records).await;
    }
    for scan in [everything(), oldest()] {
        let all = page(&store, &scan).await.records;
        assert_eq!(all.len(), 30);
        for limit in [1, 7, 29, 30, 31] {
            let pages = pages::<S>(&store, &scan, limit).await;
            let found: Vec<_> = pages.into_iter().flat_map(|page| page.records).collect();
            assert_eq!(found, all, "{limit}");
        }
    }
}

/// However many are asked for.
pub async fn a_page_of_log_records_is_bounded_in_bytes<S: LogSubject>(subject: &S) {
    let store = subject.open().await;
    let long = "x".repeat(LogPage::BYTES / 4);
    for number in 1..=9 {
        append(subject, &store, &[record(&long, number)]).await;
    }
    let pages = pages::<S>(&store, &everything(), usize::MAX).await;
    let counts: Vec<usize> = pages.iter().map(|page| page.records.len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 9);
    assert!(counts.iter().all(|&count| count <= 4), "{counts:?}");
}

/// As the position of their batch says.
pub async fn only_log_records_that_arrived_in_a_range_are_found<S: LogSubject>(subject: &S) {
    let store = subject.open().await;
    let mut positions = Vec::new();
    for text in ["a", "b", "c", "d"] {
        positions.push(append(subject, &store, &[record(text, 1)]).await);
    }
    let scan = LogScan {
        arrived: Some(positions[1]..positions[3]),
        ..oldest()
    };
    assert_eq!(said(&store, &scan).await, ["b", "c"]);
}

/// A histogram over time.
pub async fn log_records_are_counted_over_time_by_severity<S: LogSubject>(subject: &S) {
    let records = [
        record("a", 0),
        of_level(SeverityLevel::Error, record("b", 900)),
        record("c", 999),
        bare(record("d", 1_999)),
        of_level(SeverityLevel::Error, record("e", 5_000)),
    ];
    let store = store_with(subject, &[&records[..3], &records[3..]]).await;
    let snapshot = snapshot(&store).await;
    let mut question = LogCounts {
        time: TimeRange::ALL,
        records: Predicate::TRUE,
        step: Some(Duration::from_secs(1)),
    };
    let (info, error) = (Some(SeverityLevel::Info), Some(SeverityLevel::Error));
    let cells = complete(snapshot.counts(&question).await.expect("reads"));
    let starts: Vec<_> = cells.iter().map(|cell| cell.start).collect();
    // What was observed a millisecond later is of the next second.
    assert_eq!(starts, [at_ms(0), at_ms(2_000), at_ms(5_000)]);
    let counts = cells[0].counts;
    assert_eq!((counts[info], counts[error], counts[None]), (2, 1, 0));
    assert_eq!((counts.total(), cells[1].counts[None]), (3, 1));
    assert_eq!(cells[2].counts[error], 1);

    question.records = Predicate::equal(Intrinsic::SeverityText, "ERROR");
    question.step = None;
    let cells = complete(snapshot.counts(&question).await.expect("reads"));
    assert_eq!(cells.len(), 1);
    assert_eq!((cells[0].counts.total(), cells[0].counts[error]), (2, 2));
}

/// Those of the most log records first.
pub async fn services_of_log_records_are_counted<S: LogSubject>(subject: &S) {
    let of_shop = LogRecord {
        resource: service("shop"),
        ..record("c", 3)
    };
    let records = [record("a", 1), record("b", 2), of_shop];
    let store = store_with(subject, &[&records]).await;
    let services = Values {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        of: ValuesOf::Field(Field::service()),
        limit: 10,
    };
    let values = snapshot(&store).await.values(&services).await;
    let values = complete(values.expect("reads")).values;
    let counts: Vec<_> = values
        .iter()
        .map(|value| (value.value.to_string(), value.spans))
        .collect();
    assert_eq!(counts, [("cart".to_owned(), 2), ("shop".to_owned(), 1)]);
}
