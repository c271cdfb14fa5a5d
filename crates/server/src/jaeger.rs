//! Jaeger's HTTP API of the first generation, as Jaeger's own UI and Grafana's Jaeger data source
//! speak it. Semantics are those of Jaeger v2.20; where Clew differs, it answers more:
//!
//! - A search needs no service: duration and tags are often all that is known.
//! - A search without `end` has no end, so that a span whose clock is ahead is found, too.
//! - A tag may be given twice, and then both must hold; numbers and booleans in `tags` are taken.

mod answer;
mod duration;
mod parameters;
mod search;
mod trace;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clew_model::{SpanKind, Trace, TraceId};
use clew_store::TraceStore;
use serde::Serialize;

use crate::blocking::blocking_async;
use answer::{ApiError, Missing};
use parameters::Parameters;
use search::Search;
use trace::JaegerTrace;

type Store = State<Arc<dyn TraceStore>>;

/// The routes, as they are below `/api`.
pub(crate) fn router(store: Arc<dyn TraceStore>) -> Router {
    Router::new()
        .route("/services", get(services))
        .route("/services/{service}/operations", get(operation_names))
        .route("/operations", get(operations))
        .route("/traces", get(find_traces))
        .route("/traces/{id}", get(get_trace))
        .fallback(no_such_path)
        .method_not_allowed_fallback(async || ApiError::Method)
        .with_state(store)
}

/// The answer on every other path.
pub(crate) async fn no_such_path() -> Response {
    ApiError::NoSuchPath.into_response()
}

async fn services(State(store): Store, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let services = blocking_async(async move { store.services().await }).await?;
    Ok(answer::list(&services, &parameters))
}

async fn operation_names(
    State(store): Store,
    service: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let service = path_parameter("service", service)?;
    let operations = blocking_async(async move { store.operations(&service, None).await }).await?;
    let names: BTreeSet<_> = operations.iter().map(|operation| &operation.name).collect();
    let names: Vec<_> = names.into_iter().collect();
    Ok(answer::list(&names, &parameters))
}

/// What a service does, with the kind that the older endpoint leaves out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JaegerOperation<'a> {
    name: &'a str,
    span_kind: &'static str,
}

async fn operations(State(store): Store, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let service = parameters.required("service")?.to_owned();
    let kind = parameters.span_kind("spanKind")?;
    let operations = blocking_async(async move { store.operations(&service, kind).await }).await?;
    let operations: Vec<_> = operations
        .iter()
        .map(|operation| JaegerOperation {
            name: &operation.name,
            span_kind: kind_name(operation.kind).unwrap_or_default(),
        })
        .collect();
    Ok(answer::list(&operations, &parameters))
}

async fn get_trace(
    State(store): Store,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let id = path_parameter("traceID", id)?;
    let id = parameters::trace_id("traceID", &id)?;
    // A trace is found wherever it lies in time, so these are checked and need not be used.
    parameters.time("start")?;
    parameters.time("end")?;
    parameters.flag("raw")?;
    let pretty = parameters.pretty();
    blocking_async(async move {
        let trace = store.trace(id).await?.ok_or(ApiError::TraceNotFound)?;
        Ok(answer::traces(&[JaegerTrace::new(&trace)], &[], pretty))
    })
    .await
}

/// A part of the path, which a client may write in bytes that are no text.
fn path_parameter(
    name: &str,
    part: Result<Path<String>, PathRejection>,
) -> Result<String, ApiError> {
    let Path(text) = part.map_err(|_| parameters::bad(name, "it is not UTF-8"))?;
    Ok(text)
}

/// A search goes through the spans of many traces, and its answer may be many megabytes.
async fn find_traces(State(store): Store, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let (search, pretty) = (Search::parse(&parameters)?, parameters.pretty());
    blocking_async(async move {
        let (traces, missing) = match search {
            Search::ByIds(ids) => by_ids(&*store, ids).await?,
            Search::Query(query) => (store.search(&query).await?, Vec::new()),
        };
        let traces: Vec<_> = traces.iter().map(JaegerTrace::new).collect();
        Ok(answer::traces(&traces, &missing, pretty))
    })
    .await
}

/// The traces of these ids, and which of them there are none of.
async fn by_ids(
    store: &dyn TraceStore,
    ids: BTreeSet<TraceId>,
) -> Result<(Vec<Trace>, Vec<Missing>), ApiError> {
    let mut traces = Vec::new();
    let mut missing = Vec::new();
    for id in ids {
        match store.trace(id).await? {
            Some(trace) => traces.push(trace),
            None => missing.push(Missing(id)),
        }
    }
    Ok((traces, missing))
}

/// What Jaeger calls a kind; `None` for those that it does not know.
fn kind_name(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Internal => Some("internal"),
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
        SpanKind::Other(_) => None,
    }
}

/// The kind of this name.
fn kind_of(name: &str) -> Option<SpanKind> {
    [
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ]
    .into_iter()
    .find(|&kind| kind_name(kind) == Some(name))
}
