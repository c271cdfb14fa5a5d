//! Jaeger's HTTP API of the first generation, as Jaeger's own UI and Grafana's Jaeger data source
//! speak it, and what newer versions of that UI ask of the second (`v3`). Semantics are those of Jaeger v2.20; where Clew differs, it answers more:
//!
//! - A search needs no service: duration and tags are often all that is known.
//! - A search without `end` has no end, so that a span whose clock is ahead is found, too.
//! - Dependencies and metrics need no batch job and no metrics database, and are of this moment.
//! - A tag may be given twice, and then both must hold; numbers and booleans in `tags` are taken.

mod answer;
mod metrics;
mod search;
mod trace;
mod v3;

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clew_model::{SpanKind, TimeRange, TraceId};
use clew_store::{
    Answer as Found, Candidate, Columns, Coverage, Field, Intrinsic, Predicate, Scalar, TraceKey,
    Values, ValuesOf,
};
use serde::Serialize;

use super::parameters::{KINDS, Parameters, kind_name, path_part, trace_id};
use super::stream::{self, Layout};
use super::{Failure, Queries, Query};
use answer::JaegerFailure;
use search::Search;
use trace::TraceWriter;

type Answer = Result<Response, JaegerFailure>;

/// The routes, as they are below `/api`.
pub(super) fn router(queries: Queries) -> Router {
    Router::new()
        .route("/services", get(services))
        .route("/services/{service}/operations", get(operation_names))
        .route("/operations", get(operations))
        .route("/traces", get(find_traces))
        .route("/traces/{id}", get(get_trace))
        .route("/dependencies", get(metrics::dependencies))
        .route("/metrics/calls", get(metrics::calls))
        .route("/metrics/errors", get(metrics::errors))
        .route("/metrics/latencies", get(metrics::latencies))
        .route("/metrics/minstep", get(metrics::min_step))
        .nest("/v3", v3::router())
        .fallback(no_such_path)
        .method_not_allowed_fallback(async || JaegerFailure::from(Failure::Method))
        .with_state(queries)
}

/// The answer on every other path.
pub(crate) async fn no_such_path() -> Response {
    let api = "Jaeger's API";
    JaegerFailure::from(Failure::NoSuchPath { api }).into_response()
}

async fn services(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let layout = Parameters::parse(query.as_deref()).layout();
    let query = queries.begin().await?;
    let services = service_names(&query).await?;
    list(&query, layout, services.value, services.coverage).await
}

async fn service_names(query: &Query) -> Result<Found<Vec<String>>, Failure> {
    let services = ValuesOf::Field(Field::service());
    values(query, services, Predicate::TRUE).await
}

async fn operation_names(
    State(queries): State<Queries>,
    service: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let layout = Parameters::parse(query.as_deref()).layout();
    let service = path_part("service", service)?;
    let query = queries.begin().await?;
    let of_service = Predicate::equal(Field::service(), service.as_str());
    let names = ValuesOf::Field(Intrinsic::Name.into());
    let names = values(&query, names, of_service).await?;
    list(&query, layout, names.value, names.coverage).await
}

/// The values of all time, in their own order.
async fn values(
    query: &Query,
    of: ValuesOf,
    spans: Predicate,
) -> Result<Found<Vec<String>>, Failure> {
    let question = Values {
        time: TimeRange::ALL,
        spans,
        of,
        limit: usize::MAX,
    };
    let Found { value, coverage } = query.snapshot.values(&question).await?;
    let values = value.values.into_iter().map(|it| it.value.to_string());
    let mut value: Vec<_> = values.collect();
    value.sort_unstable();
    Ok(Found { value, coverage })
}

async fn list<T: Serialize + Send + 'static>(
    query: &Query,
    layout: Layout,
    data: Vec<T>,
    coverage: Coverage,
) -> Answer {
    let answer = stream::answer(query.context.clone(), layout, |mut json| async move {
        answer::write_list(&mut json, &data, &coverage)?;
        Ok(json)
    });
    Ok(answer.await?)
}

/// What a service does, with the kind that the older endpoint leaves out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JaegerOperation {
    name: String,
    span_kind: &'static str,
}

/// Whose operations to answer.
struct Operations {
    service: String,
    kinds: Vec<SpanKind>,
}

impl Operations {
    fn parse(parameters: &Parameters<'_>) -> Result<Self, Failure> {
        let kind = parameters.span_kind("spanKind")?;
        Ok(Self {
            service: parameters.required("service")?.to_owned(),
            kinds: kind.map_or_else(|| KINDS.to_vec(), |kind| vec![kind]),
        })
    }

    /// The operations by their names.
    async fn find(&self, query: &Query) -> Result<Found<Vec<JaegerOperation>>, Failure> {
        let mut operations = Vec::new();
        let mut coverage = Coverage::Complete;
        for &kind in &self.kinds {
            let spans = Predicate::All(vec![
                Predicate::equal(Field::service(), self.service.as_str()),
                Predicate::equal(Intrinsic::Kind, Scalar::Kind(kind)),
            ]);
            let names = ValuesOf::Field(Intrinsic::Name.into());
            let names = values(query, names, spans).await?;
            let span_kind = kind_name(kind).unwrap_or_default();
            coverage = coverage.and(names.coverage);
            let of_kind = names.value.into_iter();
            operations.extend(of_kind.map(|name| JaegerOperation { name, span_kind }));
        }
        operations.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Found {
            value: operations,
            coverage,
        })
    }
}

async fn operations(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (asked, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (Operations::parse(&parameters)?, parameters.layout())
    };
    let query = queries.begin().await?;
    let operations = asked.find(&query).await?;
    list(&query, layout, operations.value, operations.coverage).await
}

async fn get_trace(
    State(queries): State<Queries>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = path_part("traceID", id)?;
    let id = trace_id("traceID", &id)?;
    let layout = {
        let parameters = Parameters::parse(query.as_deref());
        // A trace is found wherever it is in time, so these are checked and need not be used.
        parameters.time("start")?;
        parameters.time("end")?;
        parameters.flag("raw")?;
        parameters.layout()
    };
    let Query { snapshot, context } = queries.begin().await?;
    let answer = stream::answer(context.clone(), layout, |mut json| async move {
        json.raw(answer::TRACES_START);
        let mut writer = TraceWriter::new(json, &context);
        let loaded = snapshot
            .load(&[id.into()], &Columns::ALL, &mut writer)
            .await?;
        let (mut json, written) = writer.finish()?;
        if written.is_empty() {
            return Err(match loaded.coverage {
                Coverage::Complete => Failure::TraceNotFound,
                Coverage::Partial(why) => Failure::TraceNotReadable(why),
            });
        }
        answer::write_traces_end(&mut json, &BTreeSet::new(), &loaded.coverage)?;
        Ok(json)
    });
    Ok(answer.await?)
}

async fn find_traces(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (search, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (Search::parse(&parameters)?, parameters.layout())
    };
    let query = queries.begin().await?;
    let (found, asked) = match search {
        Search::ByIds(ids) => {
            let keys = ids.iter().map(|&id| id.into()).collect();
            (Found::complete(keys), ids)
        }
        Search::Query(search) => (found(&query, &search).await?, BTreeSet::new()),
    };
    let Query { snapshot, context } = query;
    let answer = stream::answer(context.clone(), layout, |mut json| async move {
        json.raw(answer::TRACES_START);
        let mut writer = TraceWriter::new(json, &context);
        let loaded = snapshot
            .load(&found.value, &Columns::ALL, &mut writer)
            .await?;
        let (mut json, written) = writer.finish()?;
        let missing: BTreeSet<TraceId> = asked.difference(&written).copied().collect();
        let coverage = found.coverage.and(loaded.coverage);
        answer::write_traces_end(&mut json, &missing, &coverage)?;
        Ok(json)
    });
    Ok(answer.await?)
}

/// The traces that a search finds.
async fn found(query: &Query, search: &search::Query) -> Result<Found<Vec<TraceKey>>, Failure> {
    let scan = search.scan();
    let found = query.snapshot.candidates(&scan, None, search.limit).await?;
    Ok(Found {
        value: found.value.iter().map(Candidate::trace_key).collect(),
        coverage: found.coverage,
    })
}
