//! Whatever is appended and asked, the local store answers as the reference does.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clew_model::{
    Event, KeyValue, Resource, Span, SpanId, SpanKind, Status, StatusCode, TimeRange, Timestamp,
    TraceId, Value,
};
use clew_store::{
    Aggregate, Anchoring, AttributeScope, Collect, Columns, Comparison, Cursor, Edges, Field,
    Intrinsic, Measure, Order, Pattern, Position, Predicate, QueryContext, ReferenceStore, Scalar,
    Scan, TraceKey, TraceSnapshot, TraceStore, Values, ValuesOf,
};
use clew_store_local::{LocalStore, Options};
use clew_testkit::{batch_of, service, span};
use proptest::prelude::*;
use proptest::sample::select;

/// Few of everything, so that much coincides.
const TRACES: u128 = 12;
const SPANS: u64 = 6;
const NANOS: u64 = 40;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec!["anna", "bert", "1", ""]).prop_map(Value::from),
        (0_i64..3).prop_map(Value::from),
        select(vec![0.5, 1.0, f64::NAN]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Empty),
        Just(Value::Array(vec![1.into()])),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let attribute = (select(vec!["user", "n", "db.system.name"]), value());
    let attribute = attribute.prop_map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value,
    });
    prop::collection::vec(attribute, 0..3)
}

fn resource() -> impl Strategy<Value = Arc<Resource>> {
    prop_oneof![
        select(vec!["web", "cart", "shop"]).prop_map(service),
        Just(Arc::new(Resource::default())),
        // Nobody forbids it.
        Just(Arc::new(Resource {
            attributes: vec![
                KeyValue::new("service.name", "cart"),
                KeyValue::new("service.name", "shop"),
            ],
            ..Resource::default()
        })),
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    let ids = (1..=TRACES, 1..=SPANS, prop::option::of(1..=SPANS));
    let times = (0..NANOS, 0..NANOS);
    let said = (
        select(vec!["GET /", "query", "work"]),
        select(vec![SpanKind::Server, SpanKind::Client, SpanKind::Internal]),
        select(vec![StatusCode::Unset, StatusCode::Error]),
        attributes(),
        prop::collection::vec(attributes(), 0..2),
    );
    (ids, times, said, resource()).prop_map(|(ids, times, said, resource)| {
        let (trace, id, parent) = ids;
        let (name, kind, code, attributes, events) = said;
        Span {
            parent_span_id: parent.map(|id| SpanId::from_bytes(id.to_be_bytes()).unwrap()),
            name: name.to_owned(),
            kind,
            start: Timestamp::from_unix_nanos(times.0),
            end: Timestamp::from_unix_nanos(times.1),
            attributes,
            events: events.into_iter().map(event).collect(),
            status: Status {
                code,
                message: String::new(),
            },
            ..span(&resource, trace, id)
        }
    })
}

fn event(attributes: Vec<KeyValue>) -> Event {
    Event {
        time: Timestamp::MIN,
        name: "event".to_owned(),
        attributes,
        dropped_attributes_count: 0,
    }
}

fn batches() -> impl Strategy<Value = Vec<Vec<Span>>> {
    // More than as many as the head puts together.
    prop::collection::vec(prop::collection::vec(any_span(), 0..6), 0..90)
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
    prop_oneof![
        (select(scopes), keys).prop_map(|(scope, key)| Field::attribute(scope, key)),
        Just(Field::service()),
        Just(Intrinsic::Name.into()),
        Just(Intrinsic::Duration.into()),
    ]
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        select(vec!["anna", "cart", "shop", "GET /", ""]).prop_map(Scalar::from),
        (0_i64..3).prop_map(Scalar::Int),
        select(vec![0.5, 1.0]).prop_map(Scalar::Double),
        (0..NANOS).prop_map(|nanos| Scalar::Duration(Duration::from_nanos(nanos))),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let comparison = select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::GreaterOrEqual,
    ]);
    let service = select(vec!["web", "cart", "shop", "nobody"]);
    let leaf = prop_oneof![
        Just(Predicate::TRUE),
        service.prop_map(|name| Predicate::equal(Field::service(), name)),
        (field(), comparison, scalar())
            .prop_map(|(field, comparison, it)| Predicate::Compare(field, comparison, it)),
        field().prop_map(Predicate::Exists),
        (field(), select(vec!["1", "anna", "cart"]))
            .prop_map(|(field, text)| Predicate::TextEquals(field, text.to_owned())),
        (field(), select(vec!["a", "r"]))
            .prop_map(|(field, text)| Predicate::Contains(field, text.to_owned())),
        field().prop_map(|field| {
            Predicate::Matches(field, Pattern::new("a.*", Anchoring::Whole).unwrap())
        }),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::Any),
            inner.prop_map(|it| Predicate::Not(Box::new(it))),
        ]
    })
}

fn scan() -> impl Strategy<Value = Scan> {
    let orders = select(vec![Order::Newest, Order::Oldest, Order::Slowest]);
    let arrived = prop::option::of((0_u64..90, 0_u64..90));
    let spans = prop::collection::vec(predicate(), 0..3);
    (time(), spans, orders, arrived).prop_map(|(time, spans, order, arrived)| Scan {
        time,
        spans,
        order,
        arrived: arrived.map(|(from, to)| Position(from)..Position(to)),
    })
}

async fn stores(batches: &[Vec<Span>], head_spans: usize) -> [Arc<dyn TraceSnapshot>; 2] {
    let reference = ReferenceStore::new();
    let local = LocalStore::in_memory(&options(head_spans)).unwrap();
    for spans in batches {
        let batch = batch_of(spans);
        let position = reference.append(batch.clone()).await.unwrap();
        assert_eq!(local.append(batch).await.unwrap(), position);
    }
    let context = || QueryContext::new(Duration::from_hours(1), usize::MAX);
    [
        reference.snapshot(context()).await.unwrap(),
        local.snapshot(context()).await.unwrap(),
    ]
}

/// What the pages of this size are, by key and id.
async fn pages(snapshot: &dyn TraceSnapshot, scan: &Scan, size: usize) -> Vec<Cursor> {
    let mut all: Vec<Cursor> = Vec::new();
    loop {
        let page = snapshot.candidates(scan, all.last(), size).await.unwrap();
        if page.value.is_empty() {
            return all;
        }
        all.extend(page.value.iter().map(clew_store::Candidate::cursor));
    }
}

/// As text, in which NaN equals itself.
async fn traces(snapshot: &dyn TraceSnapshot, columns: &Columns) -> String {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut traces = Collect::new(&context);
    let ids = (1..=TRACES + 1).map(|id| TraceId::from_bytes(id.to_be_bytes()).unwrap());
    let keys: Vec<TraceKey> = ids.map(TraceKey::from).collect();
    snapshot.load(&keys, columns, &mut traces).await.unwrap();
    let mut traces = traces.into_traces().unwrap();
    for trace in &mut traces {
        // Spans of one start and one id have no order between stores.
        trace.spans.sort_by_cached_key(|span| {
            let rest = format!("{span:?}");
            (span.start, span.span_id, rest)
        });
    }
    format!("{traces:?}")
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(test);
}

/// How many spans the head holds before it is sealed: all, some, or hardly any, so that traces are
/// split over the head, what is being sealed, and segments.
fn head_spans() -> impl Strategy<Value = usize> {
    select(vec![1, 7, 40, usize::MAX])
}

fn options(head_spans: usize) -> Options {
    let mut options = Options::default();
    options.head_spans = head_spans;
    options
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn scans_find_the_same(head_spans in head_spans(), batches in batches(), scan in scan(), size in 1_usize..20) {
        run(async {
            let [reference, local] = stores(&batches, head_spans).await;
            let expected = pages(&*reference, &scan, size).await;
            assert_eq!(pages(&*local, &scan, size).await, expected);
            assert_eq!(pages(&*local, &scan, 1000).await, expected);
        });
    }

    #[test]
    fn traces_are_the_same(head_spans in head_spans(), batches in batches()) {
        run(async {
            let [reference, local] = stores(&batches, head_spans).await;
            for columns in [Columns::ALL, Columns::SUMMARY] {
                assert_eq!(traces(&*local, &columns).await, traces(&*reference, &columns).await);
            }
        });
    }

    #[test]
    fn numbers_are_the_same(
        head_spans in head_spans(), batches in batches(), time in time(), spans in predicate(),
        by in prop::collection::vec(field(), 0..3),
        measure in prop_oneof![Just(Measure::Duration), field().prop_map(Measure::Field)],
        step in prop::option::of(1_u64..40),
        exemplars_max in 0_usize..4,
        field in field(),
    ) {
        run(async {
            let [reference, local] = stores(&batches, head_spans).await;
            let aggregate = Aggregate {
                time,
                spans: spans.clone(),
                by,
                step: step.map(Duration::from_nanos),
                measure,
                exemplars_max,
                series_max: 1000,
            };
            let expected = reference.aggregate(&aggregate).await.unwrap();
            assert_eq!(local.aggregate(&aggregate).await.unwrap(), expected);
            let keys = [AttributeScope::Any, AttributeScope::Span, AttributeScope::Resource];
            let keys = keys.map(ValuesOf::Keys);
            for of in keys.into_iter().chain([ValuesOf::Field(field)]) {
                let values = Values { time, spans: spans.clone(), of, limit: 3 };
                let expected = reference.values(&values).await.unwrap();
                assert_eq!(local.values(&values).await.unwrap(), expected);
            }
        });
    }

    #[test]
    fn the_services_of_all_time_are_the_same(head_spans in head_spans(), batches in batches()) {
        run(async {
            let [reference, local] = stores(&batches, head_spans).await;
            let values = Values {
                time: TimeRange::ALL,
                spans: Predicate::TRUE,
                of: ValuesOf::Field(Field::service()),
                limit: 100,
            };
            let expected = reference.values(&values).await.unwrap();
            assert_eq!(local.values(&values).await.unwrap(), expected);
        });
    }

    #[test]
    fn edges_are_the_same(
        head_spans in head_spans(), batches in unambiguous_batches(), time in time(),
    ) {
        run(async {
            let [reference, local] = stores(&batches, head_spans).await;
            let expected = reference.edges(&Edges { time }).await.unwrap();
            assert_eq!(local.edges(&Edges { time }).await.unwrap(), expected);
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// What segments told is kept, and the store changes.
    #[test]
    fn what_is_asked_again_is_right(
        head_spans in select(vec![1, 7]), batches in unambiguous_batches(),
        time in time(), spans in predicate(), by in field(),
        step in prop::option::of(1_u64..40), exemplars_max in 0_usize..3,
    ) {
        run(async {
            let reference = ReferenceStore::new();
            let local = LocalStore::in_memory(&options(head_spans)).unwrap();
            let question = |time: TimeRange, spans: &Predicate, exemplars_max: usize| Aggregate {
                time,
                spans: spans.clone(),
                by: vec![by.clone()],
                step: step.map(Duration::from_nanos),
                measure: Measure::Duration,
                exemplars_max,
                series_max: 1000,
            };
            let questions = |time: TimeRange| [
                question(time, &spans, exemplars_max),
                question(time, &Predicate::TRUE, exemplars_max),
                question(time, &spans, exemplars_max + 1),
            ];
            for spans in &batches {
                let batch = batch_of(spans);
                reference.append(batch.clone()).await.unwrap();
                local.append(batch).await.unwrap();
                // So that some of it is sealed, in the background.
                tokio::time::sleep(Duration::from_millis(2)).await;
                let context = || QueryContext::new(Duration::from_hours(1), usize::MAX);
                let (expected, local) = (
                    reference.snapshot(context()).await.unwrap(),
                    local.snapshot(context()).await.unwrap(),
                );
                for time in [time, TimeRange::ALL] {
                    for question in questions(time) {
                        let expected = expected.aggregate(&question).await.unwrap();
                        assert_eq!(local.aggregate(&question).await.unwrap(), expected);
                    }
                    let expected = expected.edges(&Edges { time }).await.unwrap();
                    assert_eq!(local.edges(&Edges { time }).await.unwrap(), expected);
                }
            }
        });
    }
}

/// The same in a directory, with restarts after some of the batches: after a clean stop, or after the
/// process was killed and its log is read again.
async fn restarted(
    batches: &[Vec<Span>],
    restarts: &[(usize, bool)],
    head_spans: usize,
) -> [Arc<dyn TraceSnapshot>; 2] {
    let reference = ReferenceStore::new();
    let dir = tempfile::tempdir().unwrap();
    let open = || LocalStore::open(dir.path(), &options(head_spans), |_| {}).unwrap();
    let mut local = open();
    for (number, spans) in batches.iter().enumerate() {
        let batch = batch_of(spans);
        reference.append(batch.clone()).await.unwrap();
        local.append(batch).await.unwrap();
        for &(_, is_clean) in restarts.iter().filter(|(at, _)| *at == number) {
            if is_clean {
                local.close().await;
                drop(local);
                local = open();
            } else {
                local = killed(local, dir.path(), head_spans);
            }
        }
    }
    let context = || QueryContext::new(Duration::from_hours(1), usize::MAX);
    [
        reference.snapshot(context()).await.unwrap(),
        local.snapshot(context()).await.unwrap(),
    ]
}

/// What a process finds after another was killed: the directory as it is at one moment.
fn killed(store: LocalStore, dir: &Path, head_spans: usize) -> LocalStore {
    // Segments are still made; a copy during which a file came or went is not of one moment.
    let copy = loop {
        let copy = tempfile::tempdir().unwrap();
        let before = files(dir);
        if copy_files(dir, copy.path(), &before).is_ok() && files(dir) == before {
            break copy;
        }
    };
    drop(store);
    std::fs::remove_dir_all(dir).unwrap();
    copy_files(copy.path(), dir, &files(copy.path())).unwrap();
    LocalStore::open(dir, &options(head_spans), |_| {}).unwrap()
}

/// The files of the directory and those below it, and when each was written.
fn files(dir: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            // One that is gone meanwhile is none.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                dirs.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(dir).unwrap().to_owned();
                found.insert(path, metadata.modified().unwrap());
            }
        }
    }
    found
}

fn copy_files(
    from: &Path,
    to: &Path,
    files: &BTreeMap<PathBuf, SystemTime>,
) -> std::io::Result<()> {
    for file in files.keys() {
        let target = to.join(file);
        std::fs::create_dir_all(target.parent().unwrap())?;
        std::fs::copy(from.join(file), target)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn all_answers_are_the_same_after_restarts(
        head_spans in head_spans(),
        batches in unambiguous_batches(),
        restarts in prop::collection::vec((0..90_usize, any::<bool>()), 0..4),
        scan in scan(),
        field in field(),
    ) {
        // Positions begin anew with each process.
        let scan = Scan { arrived: None, ..scan };
        run(async {
            let [reference, local] = restarted(&batches, &restarts, head_spans).await;
            assert_eq!(pages(&*local, &scan, 3).await, pages(&*reference, &scan, 3).await);
            for columns in [Columns::ALL, Columns::SUMMARY] {
                assert_eq!(traces(&*local, &columns).await, traces(&*reference, &columns).await);
            }
            let edges = Edges { time: scan.time };
            assert_eq!(local.edges(&edges).await.unwrap(), reference.edges(&edges).await.unwrap());
            let values = Values {
                time: scan.time,
                spans: Predicate::All(scan.spans.clone()),
                of: ValuesOf::Field(field),
                limit: 3,
            };
            let expected = reference.values(&values).await.unwrap();
            assert_eq!(local.values(&values).await.unwrap(), expected);
        });
    }
}

/// Of several spans of a trace under one id any may be taken for the parent: here there are none.
fn unambiguous_batches() -> impl Strategy<Value = Vec<Vec<Span>>> {
    batches().prop_map(|mut batches| {
        let mut known = HashSet::new();
        for batch in &mut batches {
            batch.retain(|span| known.insert((span.trace_id, span.span_id)));
        }
        batches
    })
}
