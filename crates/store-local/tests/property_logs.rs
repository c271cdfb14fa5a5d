//! Whatever is appended and asked of log records, the local store answers as the reference does.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::sync::Arc;
use std::time::Duration;

use clew_model::{KeyValue, LogRecord, Severity, SpanId, TimeRange, Timestamp, TraceId, Value};
use clew_store::{
    AttributeScope, Comparison, Field, FoundLogRecord, Intrinsic, LogCounts, LogOrder, LogScan,
    LogSnapshot, LogStore, Pattern, Position, Predicate, QueryContext, ReferenceStore, Scalar,
    Values, ValuesOf,
};
use clew_store_local::{LocalStore, Options};
use clew_testkit::{log_batch_of, log_record, service};
use proptest::prelude::*;
use proptest::sample::select;

/// Few of everything, so that much coincides.
const NANOS: u64 = 40;

fn body() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => select(vec!["card refused", "Card accepted by anna", "slow", ""]).prop_map(Value::from),
        1 => Just(Value::Empty),
        1 => (0_i64..3).prop_map(Value::from),
        1 => Just(Value::Map(vec![KeyValue::new("says", "card refused")])),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let value = prop_oneof![
        select(vec!["anna", "bert"]).prop_map(Value::from),
        (0_i64..3).prop_map(Value::from),
        Just(Value::Array(vec![1.into()])),
    ];
    let attribute = (select(vec!["user", "n"]), value);
    let attribute = attribute.prop_map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value,
    });
    prop::collection::vec(attribute, 0..3)
}

fn any_record() -> impl Strategy<Value = LogRecord> {
    let times = (0..NANOS, prop_oneof![Just(0), 0..NANOS]);
    let severity = (0..26_i32, select(vec!["", "INFO", "warning"]));
    let context = (prop::option::of(1..4_u128), prop::option::of(1..4_u64));
    let said = (body(), attributes(), select(vec!["", "exception"]));
    let service_name = select(vec!["web", "cart"]);
    (times, severity, context, said, service_name).prop_map(
        |(times, severity, context, said, service_name)| {
            let (body, attributes, event_name) = said;
            LogRecord {
                time: Timestamp::from_unix_nanos(times.0),
                observed_time: Timestamp::from_unix_nanos(times.1),
                severity: Severity::from_number(severity.0),
                severity_text: severity.1.to_owned(),
                body,
                attributes,
                trace_id: context
                    .0
                    .and_then(|id| TraceId::from_bytes(id.to_be_bytes())),
                span_id: context
                    .1
                    .and_then(|id| SpanId::from_bytes(id.to_be_bytes())),
                event_name: event_name.to_owned(),
                ..log_record(&service(service_name), "", 0)
            }
        },
    )
}

fn batches() -> impl Strategy<Value = Vec<Vec<LogRecord>>> {
    prop::collection::vec(prop::collection::vec(any_record(), 0..6), 0..90)
}

fn time() -> impl Strategy<Value = TimeRange> {
    prop_oneof![
        Just(TimeRange::ALL),
        (0..NANOS, 0..NANOS).prop_map(|(start, end)| TimeRange {
            start: Timestamp::from_unix_nanos(start),
            end: Timestamp::from_unix_nanos(end),
        }),
    ]
}

fn field() -> impl Strategy<Value = Field> {
    let scopes = vec![
        AttributeScope::Any,
        AttributeScope::Span,
        AttributeScope::Resource,
        AttributeScope::Event,
    ];
    let keys = select(vec!["user", "n", "service.name", "absent"]);
    let intrinsics = vec![
        Intrinsic::Body,
        Intrinsic::Severity,
        Intrinsic::SeverityText,
        Intrinsic::EventName,
        Intrinsic::TraceId,
        Intrinsic::SpanId,
        Intrinsic::ScopeName,
        Intrinsic::Name,
        Intrinsic::StatusMessage,
        Intrinsic::Duration,
    ];
    prop_oneof![
        (select(scopes), keys).prop_map(|(scope, key)| Field::attribute(scope, key)),
        select(intrinsics).prop_map(Field::from),
    ]
}

fn scalar() -> impl Strategy<Value = Scalar> {
    let id = |id: u128| Scalar::TraceId(TraceId::from_bytes(id.to_be_bytes()).unwrap());
    prop_oneof![
        select(vec!["anna", "cart", "slow", "INFO", ""]).prop_map(Scalar::from),
        (0_i64..20).prop_map(Scalar::Int),
        (1..4_u128).prop_map(id),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let comparison = select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::GreaterOrEqual,
    ]);
    let texts = || select(vec!["card", "a", "REFUSED", "cart", "anna"]);
    let leaf = prop_oneof![
        Just(Predicate::TRUE),
        select(vec!["web", "nobody"]).prop_map(|it| Predicate::equal(Field::service(), it)),
        (field(), comparison, scalar())
            .prop_map(|(field, comparison, it)| Predicate::Compare(field, comparison, it)),
        field().prop_map(Predicate::Exists),
        (field(), texts()).prop_map(|(field, it)| Predicate::TextEquals(field, it.to_owned())),
        (field(), texts()).prop_map(|(field, it)| Predicate::Contains(field, it.to_owned())),
        (field(), texts()).prop_map(|(field, it)| Predicate::HasWord(field, it.to_owned())),
        (field(), texts())
            .prop_map(|(field, it)| Predicate::Matches(field, Pattern::of_text(it).unwrap())),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::Any),
            inner.prop_map(|it| Predicate::Not(Box::new(it))),
        ]
    })
}

fn scan() -> impl Strategy<Value = LogScan> {
    let orders = select(vec![LogOrder::Newest, LogOrder::Oldest]);
    let arrived = prop::option::of((0_u64..90, 0_u64..90));
    (time(), predicate(), orders, arrived).prop_map(|(time, records, order, arrived)| LogScan {
        time,
        records,
        order,
        arrived: arrived.map(|(from, to)| Position(from)..Position(to)),
    })
}

/// How many log records the head holds before it is sealed.
fn head_records() -> impl Strategy<Value = usize> {
    select(vec![1, 7, 40, usize::MAX])
}

fn options(head_records: usize) -> Options {
    let mut options = Options::default();
    options.head_spans = head_records;
    options
}

fn context() -> QueryContext {
    QueryContext::new(Duration::from_hours(1), usize::MAX)
}

async fn stores(batches: &[Vec<LogRecord>], head_records: usize) -> [Arc<dyn LogSnapshot>; 2] {
    let reference = ReferenceStore::new();
    let local = LocalStore::in_memory(&options(head_records)).unwrap();
    for records in batches {
        let batch = log_batch_of(records);
        let position = reference.append_logs(batch.clone()).await.unwrap();
        assert_eq!(local.append_logs(batch).await.unwrap(), position);
    }
    [
        reference.log_snapshot(context()).await.unwrap(),
        local.log_snapshot(context()).await.unwrap(),
    ]
}

/// The same in a directory, opened again after each of these batches.
async fn restarted(
    batches: &[Vec<LogRecord>],
    restarts: &[usize],
    head_records: usize,
) -> [Arc<dyn LogSnapshot>; 2] {
    let reference = ReferenceStore::new();
    let dir = tempfile::tempdir().unwrap();
    let open = || LocalStore::open(dir.path(), &options(head_records), |_| {}).unwrap();
    let mut local = open();
    for (number, records) in batches.iter().enumerate() {
        let batch = log_batch_of(records);
        reference.append_logs(batch.clone()).await.unwrap();
        local.append_logs(batch).await.unwrap();
        if restarts.contains(&number) {
            local.close().await;
            drop(local);
            local = open();
        }
    }
    [
        reference.log_snapshot(context()).await.unwrap(),
        local.log_snapshot(context()).await.unwrap(),
    ]
}

/// What the pages of this size have.
async fn pages(snapshot: &dyn LogSnapshot, scan: &LogScan, size: usize) -> Vec<FoundLogRecord> {
    let mut all: Vec<FoundLogRecord> = Vec::new();
    let mut after = None;
    loop {
        let page = snapshot.records(scan, after.as_ref(), size).await.unwrap();
        all.extend(page.value.records);
        after = page.value.next;
        if after.is_none() {
            return all;
        }
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn scans_find_the_same(
        head_records in head_records(), batches in batches(), scan in scan(), size in 1_usize..20,
    ) {
        run(async {
            let [reference, local] = stores(&batches, head_records).await;
            let expected = pages(&*reference, &scan, size).await;
            assert_eq!(pages(&*local, &scan, size).await, expected);
            assert_eq!(pages(&*local, &scan, 1000).await, expected);
        });
    }

    #[test]
    fn numbers_are_the_same(
        head_records in head_records(), batches in batches(), time in time(),
        records in predicate(), step in prop::option::of(1_u64..40), field in field(),
    ) {
        run(async {
            let [reference, local] = stores(&batches, head_records).await;
            let counts = LogCounts {
                time,
                records: records.clone(),
                step: step.map(Duration::from_nanos),
            };
            let expected = reference.counts(&counts).await.unwrap();
            assert_eq!(local.counts(&counts).await.unwrap(), expected);
            let keys = [AttributeScope::Any, AttributeScope::Span, AttributeScope::Resource];
            let keys = keys.map(ValuesOf::Keys);
            let fields = [ValuesOf::Field(field), ValuesOf::Field(Field::service())];
            for of in keys.into_iter().chain(fields) {
                let values = Values { time, spans: records.clone(), of, limit: 3 };
                let expected = reference.values(&values).await.unwrap();
                assert_eq!(local.values(&values).await.unwrap(), expected);
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn all_answers_are_the_same_after_restarts(
        head_records in head_records(),
        mut batches in batches(),
        restarts in prop::collection::vec(0..90_usize, 0..4),
        scan in scan(),
    ) {
        // No two are alike: what was sent before a restart is not known any more.
        for (number, record) in (0..).zip(batches.iter_mut().flatten()) {
            record.dropped_attributes_count = number;
        }
        // Positions of empty batches are not kept.
        let scan = LogScan { arrived: None, ..scan };
        run(async {
            let [reference, local] = restarted(&batches, &restarts, head_records).await;
            let records = |found: Vec<FoundLogRecord>| {
                found.into_iter().map(|found| found.record).collect::<Vec<_>>()
            };
            let expected = records(pages(&*reference, &scan, 3).await);
            assert_eq!(records(pages(&*local, &scan, 3).await), expected);
            let counts = LogCounts { time: scan.time, records: scan.records.clone(), step: None };
            let expected = reference.counts(&counts).await.unwrap();
            assert_eq!(local.counts(&counts).await.unwrap(), expected);
        });
    }
}
