//! What Jaeger's pages *Monitor* and *System Architecture* ask: rates, errors and latencies of
//! services at each point of a chart, and who calls whom.
//!
//! Jaeger has the former from a metrics database and the latter from a job that runs once a day.
//! Here both are found in the spans when they are asked for.

mod question;

use axum::extract::{RawQuery, State};
use clew_query::{Load, LoadQuestion, Window, Windows};
use clew_store::{Answer as Found, Edge, EdgeKind, Edges, QueryContext, Scalar};
use serde::{Serialize, Serializer};

use super::{Answer, list, stream};
use crate::api::parameters::Parameters;
use crate::api::stream::JsonWriter;
use crate::api::{Failure, Queries, Query, rfc3339};
use question::{Dependencies, Metrics};

/// Who calls whom, and how often.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JaegerDependency {
    parent: String,
    child: String,
    call_count: u64,
}

/// Services alone: a database is none that Jaeger's pages could lead to.
pub(super) async fn dependencies(
    State(queries): State<Queries>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (Dependencies { time, service }, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (Dependencies::parse(&parameters)?, parameters.layout())
    };
    let query = queries.begin().await?;
    let Found { value, coverage } = query.snapshot.edges(&Edges { time }).await?;
    let is_asked_for = |edge: &Edge| {
        let of_service = |service: &String| *service == edge.caller || *service == edge.called;
        edge.kind == EdgeKind::Service && service.as_ref().is_none_or(of_service)
    };
    let edges = value.edges.into_iter().filter(is_asked_for);
    let dependencies = edges.map(|edge| JaegerDependency {
        parent: edge.caller,
        child: edge.called,
        call_count: edge.calls,
    });
    list(&query, layout, dependencies.collect(), coverage).await
}

/// What is shown of spans.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shown {
    /// How many there are in a second.
    Calls,
    /// Which part of them failed, from 0 to 1.
    Errors,
    /// How long this part of them took at the most, in milliseconds.
    Latencies { quantile: f64 },
}

pub(super) async fn calls(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    metrics(queries, query.as_deref(), |_| Ok(Shown::Calls)).await
}

pub(super) async fn errors(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    metrics(queries, query.as_deref(), |_| Ok(Shown::Errors)).await
}

pub(super) async fn latencies(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let shown = |parameters: &Parameters<'_>| {
        let quantile = question::quantile(parameters)?;
        Ok(Shown::Latencies { quantile })
    };
    metrics(queries, query.as_deref(), shown).await
}

/// The least step that may be asked for, in milliseconds, in Jaeger's envelope.
#[derive(Serialize)]
struct MinStep {
    data: u128,
    total: usize,
    limit: usize,
    offset: usize,
    errors: Option<()>,
}

pub(super) async fn min_step(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let layout = Parameters::parse(query.as_deref()).layout();
    let Query { context, .. } = queries.begin().await?;
    let answer = stream::answer(context, layout, |mut json| async move {
        json.value(&MinStep {
            data: question::STEP_MIN.as_millis(),
            total: 0,
            limit: 0,
            offset: 0,
            errors: None,
        })?;
        Ok(json)
    });
    Ok(answer.await?)
}

async fn metrics(
    queries: Queries,
    query: Option<&str>,
    shown: impl FnOnce(&Parameters<'_>) -> Result<Shown, Failure>,
) -> Answer {
    let (shown, metrics, layout) = {
        let parameters = Parameters::parse(query);
        let shown = shown(&parameters)?;
        (shown, Metrics::parse(&parameters)?, parameters.layout())
    };
    let Query { snapshot, context } = queries.begin().await?;
    let question = LoadQuestion {
        time: metrics.windows.time(),
        spans: metrics.spans(),
        by: metrics.by(),
        step: Some(metrics.step),
        examples_max: 0,
    };
    let found = question.run(&*snapshot).await?;
    let of_windows = context.clone();
    let answer = stream::answer(context, layout, move |mut json| async move {
        write_family(&mut json, shown, &metrics, &found, &of_windows).await?;
        Ok(json)
    });
    Ok(answer.await?)
}

/// Jaeger's `MetricFamily`, as protobuf's JSON has it.
async fn write_family(
    json: &mut JsonWriter,
    shown: Shown,
    metrics: &Metrics,
    found: &Found<Vec<Load>>,
    context: &QueryContext,
) -> Result<(), Failure> {
    json.raw(r#"{"name":"#);
    json.value(shown.name(metrics.by_operation))?;
    json.raw(r#","type":"GAUGE","help":"#);
    json.value(&shown.help(metrics.by_operation, found.coverage.partial()))?;
    json.raw(r#","metrics":["#);
    for (number, load) in found.value.iter().enumerate() {
        if number > 0 {
            json.raw(",");
        }
        json.raw(r#"{"labels":"#);
        json.value(&labels(&load.by))?;
        json.raw(r#","metricPoints":["#);
        write_points(json, shown, metrics.windows, load, context).await?;
        json.raw("]}");
    }
    json.raw("]}");
    Ok(())
}

async fn write_points(
    json: &mut JsonWriter,
    shown: Shown,
    windows: Windows,
    load: &Load,
    context: &QueryContext,
) -> Result<(), Failure> {
    for (number, window) in windows.of(&load.figures).enumerate() {
        context.check()?;
        if number > 0 {
            json.raw(",");
        }
        json.value(&Point::new(shown, &window))?;
        json.flow().await?;
        // A window is made of many cells, and a chart of many windows.
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[derive(Serialize)]
struct Label {
    name: &'static str,
    value: String,
}

/// The service first, as Jaeger's UI expects it.
fn labels(by: &[Option<Scalar>]) -> Vec<Label> {
    let names = ["service_name", "operation"].into_iter();
    let labels = names.zip(by).map(|(name, value)| Label {
        name,
        value: value.as_ref().map(Scalar::to_string).unwrap_or_default(),
    });
    labels.collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    gauge_value: GaugeValue,
    timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GaugeValue {
    double_value: Double,
}

/// A number. What is none is text in protobuf's JSON; Jaeger's UI leaves a gap there.
struct Double(f64);

impl Point {
    fn new(shown: Shown, window: &Window) -> Self {
        Self {
            gauge_value: GaugeValue {
                double_value: Double(shown.of(window)),
            },
            timestamp: rfc3339::write(window.end),
        }
    }
}

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(number) = *self;
        if number.is_nan() {
            serializer.serialize_str("NaN")
        } else {
            serializer.serialize_f64(number)
        }
    }
}

impl Shown {
    fn name(self, by_operation: bool) -> &'static str {
        match (self, by_operation) {
            (Self::Calls, false) => "service_call_rate",
            (Self::Calls, true) => "service_operation_call_rate",
            (Self::Errors, false) => "service_error_rate",
            (Self::Errors, true) => "service_operation_error_rate",
            (Self::Latencies { .. }, false) => "service_latencies",
            (Self::Latencies { .. }, true) => "service_operation_latencies",
        }
    }

    /// Jaeger's words. The format has no other place that could say that an answer is partial.
    fn help(self, by_operation: bool, partial: Option<&str>) -> String {
        let what = match self {
            Self::Calls => "calls/sec".to_owned(),
            Self::Errors => {
                "error rate, computed as a fraction of errors/sec over calls/sec".to_owned()
            }
            Self::Latencies { quantile } => format!("{quantile:.2}th quantile latency"),
        };
        let by = if by_operation {
            "service & operation"
        } else {
            "service"
        };
        let partial = partial.map_or_else(String::new, |why| format!("; partial: {why}"));
        format!("{what}, grouped by {by}{partial}")
    }

    /// The value for a window; NaN for a part of nothing.
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are fewer than 2^53 spans, and of longer durations 3 % are unknown"
    )]
    fn of(self, window: &Window) -> f64 {
        let figures = &window.figures;
        match self {
            Self::Calls => figures.spans as f64 / window.length.as_secs_f64(),
            Self::Errors if figures.spans == 0 => f64::NAN,
            Self::Errors => figures.errors as f64 / figures.spans as f64,
            Self::Latencies { quantile } => figures
                .quantile(quantile)
                .map_or(f64::NAN, |it| it.as_nanos() as f64 / 1e6),
        }
    }
}
