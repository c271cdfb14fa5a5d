//! Jaeger's HTTP API of the first generation, as Jaeger's own UI and Grafana's Jaeger data source
//! speak it. Semantics are those of Jaeger v2.20; where Clew differs, it answers more:
//!
//! - A search needs no service: duration and tags are often all that is known.
//! - A search without `end` has no end, so that a span whose clock is ahead is found, too.
//! - A tag may be given twice, and then both must hold; numbers and booleans in `tags` are taken.

mod answer;
mod duration;
mod filter;
mod parameters;
mod search;
mod trace;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clew_model::{SpanKind, TimeRange, Trace, TraceId};
use clew_store::{
    Candidate, Collect, Columns, Field, Intrinsic, Predicate, QueryContext, Scalar, StoreError,
    TraceKey, TraceStore, Values, ValuesOf,
};
use serde::Serialize;

use crate::blocking::blocking_async;
use answer::{ApiError, Missing};
use parameters::Parameters;
use search::Search;
use trace::JaegerTrace;

/// How long a query may take. Jaeger's own UI gives up after 10 s, other clients later.
const QUERY_TIME: Duration = Duration::from_secs(30);

/// How much memory a query may take: as a trace of some hundred thousand spans does.
const QUERY_BYTES_MAX: usize = 256 << 20;

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
    let services = ValuesOf::Field(Field::service());
    let services = values(store, services, Predicate::TRUE).await?;
    Ok(answer::list(&services, &parameters))
}

async fn operation_names(
    State(store): Store,
    service: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let service = path_parameter("service", service)?;
    let of_service = Predicate::equal(Field::service(), service.as_str());
    let names = values(store, ValuesOf::Field(Intrinsic::Name.into()), of_service).await?;
    Ok(answer::list(&names, &parameters))
}

/// The values of all time, in their own order.
async fn values(
    store: Arc<dyn TraceStore>,
    of: ValuesOf,
    spans: Predicate,
) -> Result<Vec<String>, ApiError> {
    let question = Values {
        time: TimeRange::ALL,
        spans,
        of,
        limit: usize::MAX,
    };
    let context = query_context();
    let _cancelled = context.cancel_on_drop();
    let values = blocking_async(async move {
        let snapshot = store.snapshot(context).await?;
        snapshot.values(&question).await
    });
    let values = values.await?.value.values.into_iter();
    let mut values: Vec<_> = values.map(|it| it.value.to_string()).collect();
    values.sort_unstable();
    Ok(values)
}

/// What a service does, with the kind that the older endpoint leaves out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JaegerOperation {
    name: String,
    span_kind: &'static str,
}

async fn operations(State(store): Store, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
    let parameters = Parameters::parse(query.as_deref());
    let service = parameters.required("service")?;
    let kinds = match parameters.span_kind("spanKind")? {
        Some(kind) => vec![kind],
        None => KINDS.to_vec(),
    };
    let mut operations = Vec::new();
    for kind in kinds {
        let spans = Predicate::All(vec![
            Predicate::equal(Field::service(), service),
            Predicate::equal(Intrinsic::Kind, Scalar::Kind(kind)),
        ]);
        let names = ValuesOf::Field(Intrinsic::Name.into());
        let names = values(Arc::clone(&store), names, spans).await?;
        let span_kind = kind_name(kind).unwrap_or_default();
        operations.extend(
            names
                .into_iter()
                .map(|name| JaegerOperation { name, span_kind }),
        );
    }
    operations.sort_by(|one, other| one.name.cmp(&other.name));
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
    let context = query_context();
    let _cancelled = context.cancel_on_drop();
    blocking_async(async move {
        let traces = load(&*store, context, &[id.into()]).await?;
        let trace = traces.first().ok_or(ApiError::TraceNotFound)?;
        Ok(answer::traces(&[JaegerTrace::new(trace)], &[], pretty))
    })
    .await
}

fn query_context() -> QueryContext {
    QueryContext::new(QUERY_TIME, QUERY_BYTES_MAX)
}

async fn load(
    store: &dyn TraceStore,
    context: QueryContext,
    keys: &[TraceKey],
) -> Result<Vec<Trace>, StoreError> {
    let mut traces = Collect::new(&context);
    let snapshot = store.snapshot(context).await?;
    snapshot.load(keys, &Columns::ALL, &mut traces).await?;
    traces.into_traces()
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
    let context = query_context();
    let _cancelled = context.cancel_on_drop();
    blocking_async(async move {
        let (keys, asked) = match search {
            Search::ByIds(ids) => (ids.iter().map(|&id| id.into()).collect(), ids),
            Search::Query(query) => {
                let snapshot = store.snapshot(context.clone()).await?;
                let found = snapshot
                    .candidates(&query.scan(), None, query.limit)
                    .await?;
                let keys = found.value.iter().map(Candidate::trace_key).collect();
                (keys, BTreeSet::new())
            }
        };
        let keys: Vec<TraceKey> = keys;
        let traces = load(&*store, context, &keys).await?;
        let is_missing = |id: &TraceId| traces.iter().all(|trace| trace.id != *id);
        let missing: Vec<_> = asked.into_iter().filter(is_missing).map(Missing).collect();
        let traces: Vec<_> = traces.iter().map(JaegerTrace::new).collect();
        Ok(answer::traces(&traces, &missing, pretty))
    })
    .await
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

/// The kinds that Jaeger knows.
const KINDS: [SpanKind; 5] = [
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];

/// The kind of this name.
fn kind_of(name: &str) -> Option<SpanKind> {
    KINDS
        .into_iter()
        .find(|&kind| kind_name(kind) == Some(name))
}
