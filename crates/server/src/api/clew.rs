//! Clew's own API: what Jaeger's format loses is all here, in OpenTelemetry's words.
//!
//! Names and forms are those of OTLP's JSON where it has the thing: 64-bit numbers are text, ids are
//! hexadecimal, an attribute's value says its type. `docs/api.md` has the endpoints.

mod answer;
mod compare;
mod hops;
mod lines;
mod logs;
mod search;
mod services;
mod trace;
mod value;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clew_model::TimeRange;
use clew_store::{Columns, Field, Intrinsic, Predicate, QueryContext, Values, ValuesOf};
use http::header::{self, HeaderValue};
use serde::Serialize;

use super::parameters::{Parameters, path_part, trace_id};
use super::stream::{self, Layout};
use super::{Failure, LogQueries, Queries, Query, Stopped};
use answer::{ClewFailure, PageJson, ValuesJson};
use hops::HopsReader;
use trace::TraceWriter;

type Answer = Result<Response, ClewFailure>;

/// How many services or names an answer has at most; it says if there are more.
const VALUES_MAX: usize = 10_000;

/// The routes, as they are below `/api/clew/v1`.
pub(super) fn router(queries: Queries, of_logs: Option<LogQueries>, stopped: Stopped) -> Router {
    let of_services = services::router(queries.clone());
    let logs = of_logs.map_or_else(Router::new, |queries| logs::router(queries, stopped));
    Router::new()
        .route("/services", get(services))
        .route("/span-names", get(span_names))
        .route("/traces", get(find_traces))
        .route("/traces/{id}", get(get_trace))
        .route("/traces/{id}/lines", get(get_lines))
        .route("/traces/{id}/hops", get(get_hops))
        .route("/traces/{id}/compare/{other}", get(compare_traces))
        .fallback(async || {
            let api = "Clew's API";
            ClewFailure::from(Failure::NoSuchPath { api }).into_response()
        })
        .method_not_allowed_fallback(async || ClewFailure::from(Failure::Method))
        .with_state(queries)
        .merge(of_services)
        .merge(logs)
}

async fn services(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let layout = no_parameters(query.as_deref())?;
    let query = queries.begin().await?;
    values(&query, layout, Field::service(), Predicate::TRUE).await
}

async fn span_names(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (spans, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        parameters.only(&["service"])?;
        let service = parameters.text("service");
        let of_service = service.map(|name| Predicate::equal(Field::service(), name));
        (of_service.unwrap_or(Predicate::TRUE), parameters.layout())
    };
    let query = queries.begin().await?;
    values(&query, layout, Intrinsic::Name.into(), spans).await
}

/// The values of all time, those of the most spans first.
async fn values(query: &Query, layout: Layout, field: Field, spans: Predicate) -> Answer {
    let question = Values {
        time: TimeRange::ALL,
        spans,
        of: ValuesOf::Field(field),
        limit: VALUES_MAX,
    };
    let values = query.snapshot.values(&question).await?;
    whole(&query.context, layout, ValuesJson::of_spans(&values)).await
}

async fn find_traces(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (search, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (search::parse(&parameters)?, parameters.layout())
    };
    let query = queries.begin().await?;
    let page = search.run(&*query.snapshot).await?;
    whole(&query.context, layout, PageJson::new(&page)).await
}

async fn get_trace(
    State(queries): State<Queries>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = trace_id("id", &path_part("id", id)?)?;
    let layout = no_parameters(query.as_deref())?;
    let Query { snapshot, context } = queries.begin().await?;
    let answer = stream::answer(context.clone(), layout, |json| async move {
        let mut writer = TraceWriter::new(json, id, &context);
        let loaded = snapshot
            .load(&[id.into()], &Columns::ALL, &mut writer)
            .await?;
        writer.finish(&loaded.coverage).await
    });
    Ok(answer.await?)
}

async fn get_lines(
    State(queries): State<Queries>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = trace_id("id", &path_part("id", id)?)?;
    // A line is a line, whoever reads it.
    no_parameters(query.as_deref())?;
    let Query { snapshot, context } = queries.begin().await?;
    let answer = stream::answer(context.clone(), Layout::Compact, |json| async move {
        lines::write(json, id, &*snapshot, &context).await
    });
    let mut answer = answer.await?;
    let lines = HeaderValue::from_static("application/x-ndjson");
    answer.headers_mut().insert(header::CONTENT_TYPE, lines);
    Ok(answer)
}

async fn get_hops(
    State(queries): State<Queries>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = trace_id("id", &path_part("id", id)?)?;
    let layout = no_parameters(query.as_deref())?;
    let Query { snapshot, context } = queries.begin().await?;
    let answer = stream::answer(context.clone(), layout, |json| async move {
        let mut reader = HopsReader::new(id, &context);
        let loaded = snapshot
            .load(&[id.into()], &Columns::ALL, &mut reader)
            .await?;
        reader.write(json, &loaded, &*snapshot).await
    });
    Ok(answer.await?)
}

async fn compare_traces(
    State(queries): State<Queries>,
    ids: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (before, after) = path_part("id", ids)?;
    let ids = (trace_id("id", &before)?, trace_id("other", &after)?);
    let layout = no_parameters(query.as_deref())?;
    let Query { snapshot, context } = queries.begin().await?;
    let answer = stream::answer(context.clone(), layout, |json| async move {
        compare::write(json, ids, &*snapshot, &context).await
    });
    Ok(answer.await?)
}

/// How an answer is laid out for which there is nothing else to say.
fn no_parameters(query: Option<&str>) -> Result<Layout, Failure> {
    let parameters = Parameters::parse(query);
    parameters.only(&[])?;
    Ok(parameters.layout())
}

/// An answer that is small enough to be made at once.
async fn whole(
    context: &QueryContext,
    layout: Layout,
    data: impl Serialize + Send + 'static,
) -> Answer {
    let answer = stream::answer(context.clone(), layout, |mut json| async move {
        json.value(&data)?;
        Ok(json)
    });
    Ok(answer.await?)
}
