//! Asks a store the questions that no endpoint asks yet, and prints how long the answers take, as
//! JSON. `cargo xtask bench` runs it.
//!
//! ```sh
//! cargo run --release --example ask -- DATA_DIR [QUESTION]
//! ```
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::path::Path;
use std::time::{Duration, Instant};

use clew_model::TimeRange;
use clew_store::{
    Aggregate, AttributeScope, Edges, Field, Intrinsic, Measure, Order, Predicate, QueryContext,
    Scan, TraceStore, Values, ValuesOf,
};
use clew_store_local::{LocalStore, Options};

/// As in `clew`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each question is asked.
const TIMES: usize = 15;

/// How many cells the time from the first span to the last is divided into.
const CELLS: u32 = 60;

#[derive(Debug, Clone, Copy)]
enum Question {
    DurationsByService,
    Names,
    Users,
    Keys,
    Edges,
}

impl Question {
    const ALL: [(Self, &'static str); 5] = [
        (Self::DurationsByService, "p99 by service over time"),
        (Self::Names, "names of spans"),
        (Self::Users, "values of user.id"),
        (Self::Keys, "keys of spans"),
        (Self::Edges, "who calls whom"),
    ];
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).ok_or("which data directory?")?;
    let store = LocalStore::open(Path::new(&dir), &Options::default(), |_| {})?;
    let step = step(&store).await?;
    let mut answers = Vec::new();
    let wanted = std::env::args().nth(2).unwrap_or_default();
    let questions = Question::ALL.into_iter();
    for (question, name) in questions.filter(|(_, name)| name.contains(&wanted)) {
        let mut times = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let start = Instant::now();
            ask(&store, question, step).await?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let (p50, max) = (times[TIMES / 2], times[TIMES - 1]);
        answers.push(serde_json::json!({ "query": name, "answer_ms": { "p50": p50, "max": max } }));
    }
    println!("{}", serde_json::Value::from(answers));
    store.close().await;
    Ok(())
}

fn context() -> QueryContext {
    QueryContext::new(Duration::from_mins(1), 1 << 30)
}

/// How long a cell is.
async fn step(store: &LocalStore) -> Result<Duration, Box<dyn std::error::Error>> {
    let snapshot = store.snapshot(context()).await?;
    let mut starts = Vec::new();
    for order in [Order::Newest, Order::Oldest] {
        let scan = Scan {
            order,
            ..Scan::newest(TimeRange::ALL, Predicate::TRUE)
        };
        let found = snapshot.candidates(&scan, None, 1).await?.value;
        starts.push(found.first().ok_or("there are no spans")?.key.0);
    }
    Ok(Duration::from_nanos(starts[0] - starts[1]) / CELLS)
}

/// How long spans took, by service and over time.
fn durations(step: Duration) -> Aggregate {
    Aggregate {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        by: vec![Field::service()],
        step: Some(step),
        measure: Measure::Duration,
        exemplars_max: 0,
        series_max: 1000,
    }
}

async fn ask(
    store: &LocalStore,
    question: Question,
    step: Duration,
) -> Result<(), Box<dyn std::error::Error>> {
    let snapshot = store.snapshot(context()).await?;
    let values = |of| Values {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        of,
        limit: 100,
    };
    match question {
        Question::DurationsByService => {
            let aggregate = durations(step);
            let series = snapshot.aggregate(&aggregate).await?.value;
            let cells = series.iter().flat_map(|series| &series.cells);
            let percentiles = cells.filter_map(|cell| cell.histogram.quantile(0.99));
            assert!(percentiles.count() > 0, "there are no spans");
        }
        Question::Names => {
            let of = ValuesOf::Field(Intrinsic::Name.into());
            snapshot.values(&values(of)).await?;
        }
        Question::Users => {
            let of = ValuesOf::Field(Field::attribute(AttributeScope::Any, "user.id"));
            snapshot.values(&values(of)).await?;
        }
        Question::Keys => {
            snapshot
                .values(&values(ValuesOf::Keys(AttributeScope::Span)))
                .await?;
        }
        Question::Edges => {
            let time = TimeRange::ALL;
            snapshot.edges(&Edges { time }).await?;
        }
    }
    Ok(())
}
