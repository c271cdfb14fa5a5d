//! Services: `GET /api/clew/v1/map`, and the figures of one service.

mod question;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use clew_otlp::kind_number;
use clew_query::{
    Example, Figures, FiguresCell, FiguresSeries, MapQuestion, NameFigures, ServiceFigures,
    ServiceLoad, ServiceMap, ServiceQuestion,
};
use clew_store::{Edge, EdgeKind};
use serde::Serialize;

use super::{Answer, whole};
use crate::api::parameters::{Parameters, path_part};
use crate::api::{Queries, Query};
use question::Cells;

/// The routes, as they are below `/api/clew/v1`.
pub(super) fn router(queries: Queries) -> Router {
    Router::new()
        .route("/map", get(map))
        .route("/services/{service}/metrics", get(metrics))
        .with_state(queries)
}

async fn map(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (cells, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (question::parse_map(&parameters)?, parameters.layout())
    };
    let Query { snapshot, context } = queries.begin().await?;
    let question = MapQuestion {
        time: cells.time,
        step: Some(cells.step),
    };
    let map = question.run(&*snapshot).await?;
    whole(&context, layout, MapJson::new(&cells, map)).await
}

async fn metrics(
    State(queries): State<Queries>,
    service: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let service = path_part("service", service)?;
    let (cells, kinds, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        let (cells, kinds) = question::parse_metrics(&parameters)?;
        (cells, kinds, parameters.layout())
    };
    let Query { snapshot, context } = queries.begin().await?;
    let question = ServiceQuestion {
        service,
        time: cells.time,
        kinds,
        step: Some(cells.step),
    };
    let figures = question.run(&*snapshot).await?;
    whole(&context, layout, MetricsJson::new(&cells, figures)).await
}

/// What an answer is about: what was asked for, or what stands for it where nothing was.
#[derive(Serialize)]
struct CellsJson {
    #[serde(rename = "startTimeUnixNano")]
    start: String,
    #[serde(rename = "endTimeUnixNano")]
    end: String,
    #[serde(rename = "stepNano")]
    step: String,
}

impl CellsJson {
    fn new(cells: &Cells) -> Self {
        Self {
            start: cells.time.start.unix_nanos().to_string(),
            end: cells.time.end.unix_nanos().to_string(),
            step: cells.step.as_nanos().to_string(),
        }
    }
}

/// The service map.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MapJson {
    #[serde(flatten)]
    cells: CellsJson,
    services: Vec<ServiceJson>,
    edges: Vec<EdgeJson>,
    /// How many calls came in from a span that is not here.
    unresolved_calls: u64,
    /// Why not all that is stored was looked at, if it was not.
    partial: Option<String>,
}

#[derive(Serialize)]
struct ServiceJson {
    name: String,
    spans: u64,
    requests: u64,
    errors: u64,
    #[serde(flatten)]
    durations: DurationsJson,
    cells: Vec<RequestsCellJson>,
}

/// What a sparkline is drawn of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestsCellJson {
    start_time_unix_nano: String,
    requests: u64,
    errors: u64,
}

#[derive(Serialize)]
struct EdgeJson {
    caller: String,
    called: String,
    kind: &'static str,
    calls: u64,
    errors: u64,
    #[serde(flatten)]
    durations: DurationsJson,
}

/// Percentiles in nanoseconds; null where there are no spans.
#[derive(Serialize)]
struct DurationsJson {
    #[serde(rename = "p50Nano")]
    p50: Option<String>,
    #[serde(rename = "p95Nano")]
    p95: Option<String>,
    #[serde(rename = "p99Nano")]
    p99: Option<String>,
}

impl MapJson {
    fn new(cells: &Cells, map: ServiceMap) -> Self {
        Self {
            cells: CellsJson::new(cells),
            partial: map.coverage.partial().map(str::to_owned),
            services: map.services.into_iter().map(ServiceJson::new).collect(),
            edges: map.calls.edges.into_iter().map(EdgeJson::new).collect(),
            unresolved_calls: map.calls.unresolved,
        }
    }
}

impl ServiceJson {
    fn new(service: ServiceLoad) -> Self {
        let FiguresSeries { whole, cells } = service.requests;
        let cells = cells.iter().map(|cell| RequestsCellJson {
            start_time_unix_nano: cell.start.unix_nanos().to_string(),
            requests: cell.figures.spans,
            errors: cell.figures.errors,
        });
        Self {
            name: service.name,
            spans: service.spans,
            requests: whole.spans,
            errors: whole.errors,
            durations: DurationsJson::new(&whole),
            cells: cells.collect(),
        }
    }
}

impl EdgeJson {
    fn new(edge: Edge) -> Self {
        let figures = Figures {
            spans: edge.calls,
            errors: edge.errors,
            durations: edge.durations,
        };
        Self {
            caller: edge.caller,
            called: edge.called,
            kind: match edge.kind {
                EdgeKind::Service => "service",
                EdgeKind::Database => "database",
                EdgeKind::Messaging => "messaging",
            },
            calls: figures.spans,
            errors: figures.errors,
            durations: DurationsJson::new(&figures),
        }
    }
}

impl DurationsJson {
    fn new(figures: &Figures) -> Self {
        let nanos = |part| figures.quantile(part).map(|it| it.as_nanos().to_string());
        Self {
            p50: nanos(0.5),
            p95: nanos(0.95),
            p99: nanos(0.99),
        }
    }
}

/// The figures of one service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricsJson {
    #[serde(flatten)]
    cells: CellsJson,
    total: FiguresJson,
    names: Vec<NameJson>,
    /// Whether there are more names, of fewer spans.
    has_more_names: bool,
    /// Why not all that is stored was looked at, if it was not.
    partial: Option<String>,
}

#[derive(Serialize)]
struct NameJson {
    name: String,
    kind: i32,
    #[serde(flatten)]
    figures: FiguresJson,
}

#[derive(Serialize)]
struct FiguresJson {
    spans: u64,
    errors: u64,
    #[serde(flatten)]
    durations: DurationsJson,
    cells: Vec<FiguresCellJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FiguresCellJson {
    start_time_unix_nano: String,
    spans: u64,
    errors: u64,
    #[serde(flatten)]
    durations: DurationsJson,
    exemplars: Vec<ExemplarJson>,
}

/// A span that took longer than others of its cell.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExemplarJson {
    trace_id: String,
    span_id: String,
    duration_nano: String,
    is_error: bool,
}

impl MetricsJson {
    fn new(cells: &Cells, figures: ServiceFigures) -> Self {
        Self {
            cells: CellsJson::new(cells),
            partial: figures.coverage.partial().map(str::to_owned),
            total: FiguresJson::new(&figures.total),
            names: figures.names.into_iter().map(NameJson::new).collect(),
            has_more_names: figures.has_more_names,
        }
    }
}

impl NameJson {
    fn new(name: NameFigures) -> Self {
        Self {
            name: name.name,
            kind: kind_number(name.kind),
            figures: FiguresJson::new(&name.figures),
        }
    }
}

impl FiguresJson {
    fn new(series: &FiguresSeries) -> Self {
        Self {
            spans: series.whole.spans,
            errors: series.whole.errors,
            durations: DurationsJson::new(&series.whole),
            cells: series.cells.iter().map(FiguresCellJson::new).collect(),
        }
    }
}

impl FiguresCellJson {
    fn new(cell: &FiguresCell) -> Self {
        Self {
            start_time_unix_nano: cell.start.unix_nanos().to_string(),
            spans: cell.figures.spans,
            errors: cell.figures.errors,
            durations: DurationsJson::new(&cell.figures),
            exemplars: cell.examples.iter().map(ExemplarJson::new).collect(),
        }
    }
}

impl ExemplarJson {
    fn new(example: &Example) -> Self {
        Self {
            trace_id: example.trace_id.to_string(),
            span_id: example.span_id.to_string(),
            duration_nano: example.duration.as_nanos().to_string(),
            is_error: example.failed,
        }
    }
}
