//! Jaeger's HTTP API of the second generation, as far as Jaeger's own UI asks for it: services and
//! operations from 2.15 on, and the list of a search from 2.19 on. Traces it still takes from the first.
//!
//! Parameters are fields of protobuf messages, and so are answers, in protobuf's JSON: times are text.
//! Failures come in the envelope of the first generation, since clients look at their status alone.

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use clew_model::{TimeRange, Timestamp};
use clew_query::{Search, ServiceSummary, TraceSummary};
use clew_store::Coverage;
use serde::Serialize;

use super::search::{self, Names, time_between};
use super::trace::NO_SERVICE;
use super::{Answer, Operations, answer, service_names};
use crate::api::parameters::{Parameters, now};
use crate::api::stream::{self, Layout};
use crate::api::{Failure, Queries, Query, rfc3339};

/// How many summaries an answer may have: as many as Jaeger's UI offers. They are in memory at once.
const LIMIT_MAX: usize = 1_500;

const NAMES: Names = Names {
    service: "query.serviceName",
    operation: "query.operationName",
    duration_min: "query.durationMin",
    duration_max: "query.durationMax",
    tag: None,
    tags: "query.attributes",
    start: "query.startTimeMin",
    end: "query.startTimeMax",
    limit: "query.searchDepth",
    raw: "query.rawTraces",
};

/// The routes, as they are below `/api/v3`.
pub(super) fn router() -> Router<Queries> {
    Router::new()
        .route("/services", get(services))
        .route("/operations", get(operations))
        .route("/trace-summaries", get(trace_summaries))
}

async fn services(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let layout = Parameters::parse_fields(query.as_deref()).layout();
    let query = queries.begin().await?;
    let found = service_names(&query).await?;
    list(&query, layout, "services", found.value, found.coverage).await
}

async fn operations(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (asked, layout) = {
        let parameters = Parameters::parse_fields(query.as_deref());
        (Operations::parse(&parameters)?, parameters.layout())
    };
    let query = queries.begin().await?;
    let found = asked.find(&query).await?;
    list(&query, layout, "operations", found.value, found.coverage).await
}

async fn trace_summaries(State(queries): State<Queries>, RawQuery(query): RawQuery) -> Answer {
    let (search, layout) = {
        let parameters = Parameters::parse_fields(query.as_deref());
        (parse(&parameters)?, parameters.layout())
    };
    let query = queries.begin().await?;
    let page = search.run(&*query.snapshot).await?;
    let summaries = page.traces.into_iter().map(SummaryJson::from).collect();
    list(&query, layout, "summaries", summaries, page.coverage).await
}

async fn list<T: Serialize + Send + Sync + 'static>(
    query: &Query,
    layout: Layout,
    name: &'static str,
    list: Vec<T>,
    coverage: Coverage,
) -> Answer {
    let answer = stream::answer(query.context.clone(), layout, |mut json| async move {
        answer::write_named_list(&mut json, name, &list, &coverage)?;
        Ok(json)
    });
    Ok(answer.await?)
}

/// Reads what a search is for; all parameters, so that none is wrong in silence.
fn parse(parameters: &Parameters<'_>) -> Result<Search, Failure> {
    let time = time_range(parameters)?;
    let query = search::Query::parse(parameters, &NAMES, time, LIMIT_MAX)?;
    Ok(Search {
        scan: query.scan(),
        after: None,
        limit: query.limit,
    })
}

fn time_range(parameters: &Parameters<'_>) -> Result<TimeRange, Failure> {
    let start = time(parameters, NAMES.start)?;
    let end = time(parameters, NAMES.end)?;
    time_between(&NAMES, start, end, now())
}

fn time(parameters: &Parameters<'_>, name: &str) -> Result<Option<Timestamp>, Failure> {
    parameters.read(name, |text| {
        let problem =
            || format!("'{text}' is not a time since 1970 such as 2023-11-14T22:13:20.5Z");
        rfc3339::parse(text).ok_or_else(problem)
    })
}

/// `jaeger.api_v3.TraceSummary`, but for `orphanSpanCount`, which may be left out: to count spans
/// whose parent is missing, the ids of all of them would have to be kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson {
    trace_id: String,
    root_service_name: String,
    root_operation_name: String,
    min_start_time_unix_nano: String,
    max_end_time_unix_nano: String,
    span_count: u64,
    error_span_count: u64,
    services: Vec<ServiceJson>,
}

/// `jaeger.api_v3.ServiceSummary`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceJson {
    name: String,
    span_count: u64,
    error_span_count: u64,
}

impl From<TraceSummary> for SummaryJson {
    fn from(summary: TraceSummary) -> Self {
        let start = summary.start.unix_nanos();
        let end = u128::from(start) + summary.duration.as_nanos();
        Self {
            trace_id: summary.id.to_string(),
            root_service_name: named(summary.root.service),
            root_operation_name: summary.root.name,
            min_start_time_unix_nano: start.to_string(),
            max_end_time_unix_nano: end.to_string(),
            span_count: summary.spans,
            error_span_count: summary.errors,
            services: summary
                .services
                .into_iter()
                .map(ServiceJson::from)
                .collect(),
        }
    }
}

impl From<ServiceSummary> for ServiceJson {
    fn from(service: ServiceSummary) -> Self {
        Self {
            name: named(service.name),
            span_count: service.spans,
            error_span_count: service.errors,
        }
    }
}

/// The service, or what the first generation calls one without a name.
fn named(service: Option<String>) -> String {
    service.unwrap_or_else(|| NO_SERVICE.to_owned())
}
