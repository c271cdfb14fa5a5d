//! Log records: `GET /api/clew/v1/logs` and what goes with it.

mod live;
mod search;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use clew_model::{LogRecord, SeverityLevel};
use clew_store::{Answer as Found, Field, LogCell, LogPage, SeverityCounts, Values, ValuesOf};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::answer::ValuesJson;
use super::trace::{Senders, is_zero};
use super::value::{AnyValue, Attributes};
use super::{Answer, VALUES_MAX, whole};
use crate::api::parameters::Parameters;
use crate::api::stream::{self, JsonWriter};
use crate::api::{Failure, LogQueries, LogQuery, Stopped};

/// The routes, as they are below `/api/clew/v1`; tails end when it is time to stop.
pub(super) fn router(queries: LogQueries, stopped: Stopped) -> Router {
    let tails = live::router(queries.clone(), stopped);
    Router::new()
        .route("/logs", get(find))
        .route("/logs/counts", get(count))
        .route("/logs/services", get(services))
        .with_state(queries)
        .merge(tails)
}

async fn find(State(queries): State<LogQueries>, RawQuery(query): RawQuery) -> Answer {
    let (search, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (search::parse(&parameters)?, parameters.layout())
    };
    let LogQuery { snapshot, context } = queries.begin().await?;
    let after = search.after.as_ref();
    let found = snapshot.records(&search.scan, after, search.limit).await?;
    let mut writer = PageWriter {
        senders: Senders::new(&context),
    };
    let answer = stream::answer(context, layout, |mut json| async move {
        writer.write(&mut json, &found).await?;
        Ok(json)
    });
    Ok(answer.await?)
}

async fn count(State(queries): State<LogQueries>, RawQuery(query): RawQuery) -> Answer {
    let (counts, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (search::parse_counts(&parameters)?, parameters.layout())
    };
    let LogQuery { snapshot, context } = queries.begin().await?;
    let cells = snapshot.counts(&counts).await?;
    whole(&context, layout, CountsJson::new(&cells)).await
}

async fn services(State(queries): State<LogQueries>, RawQuery(query): RawQuery) -> Answer {
    let (records, layout) = {
        let parameters = Parameters::parse(query.as_deref());
        (search::parse_counts(&parameters)?, parameters.layout())
    };
    let LogQuery { snapshot, context } = queries.begin().await?;
    let question = Values {
        time: records.time,
        spans: records.records,
        of: ValuesOf::Field(Field::service()),
        limit: VALUES_MAX,
    };
    let values = snapshot.values(&question).await?;
    whole(&context, layout, ValuesJson::of_log_records(&values)).await
}

/// Writes a page; what log records share comes behind them, once.
struct PageWriter {
    senders: Senders,
}

impl PageWriter {
    async fn write(
        &mut self,
        json: &mut JsonWriter,
        found: &Found<LogPage>,
    ) -> Result<(), Failure> {
        json.raw(r#"{"records":["#);
        let page = &found.value;
        for (number, found) in page.records.iter().enumerate() {
            let record = &found.record;
            let (resource, scope) = self.senders.numbers(&record.resource, &record.scope)?;
            if number > 0 {
                json.raw(",");
            }
            json.value(&LogRecordJson::new(record, resource, scope))?;
            json.flow().await?;
        }
        json.raw("],");
        self.senders.write(json).await?;
        json.raw(r#","next":"#);
        json.value(&page.next.as_ref().map(search::write_cursor))?;
        json.raw(r#","partial":"#);
        json.value(&found.coverage.partial())?;
        json.raw("}");
        Ok(())
    }
}

/// `LogRecord` of OTLP, with its resource and its scope, or with their numbers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRecordJson<'a, R, S> {
    time_unix_nano: String,
    observed_time_unix_nano: String,
    severity_number: i32,
    #[serde(skip_serializing_if = "str::is_empty")]
    severity_text: &'a str,
    /// The level that its number is of, in words.
    level: Option<&'static str>,
    body: AnyValue<'a>,
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    flags: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    event_name: &'a str,
    resource: R,
    scope: S,
}

impl<'a, R, S> LogRecordJson<'a, R, S> {
    fn new(record: &'a LogRecord, resource: R, scope: S) -> Self {
        Self {
            time_unix_nano: record.time.unix_nanos().to_string(),
            observed_time_unix_nano: record.observed_time.unix_nanos().to_string(),
            severity_number: record.severity.number(),
            severity_text: &record.severity_text,
            level: record.severity.level().map(SeverityLevel::name),
            body: AnyValue(&record.body),
            attributes: Attributes(&record.attributes),
            dropped_attributes_count: record.dropped_attributes_count,
            flags: record.flags,
            trace_id: record.trace_id.map(|id| id.to_string()),
            span_id: record.span_id.map(|id| id.to_string()),
            event_name: &record.event_name,
            resource,
            scope,
        }
    }
}

/// How many log records there are, over time and by level.
#[derive(Serialize)]
struct CountsJson {
    cells: Vec<CellJson>,
    partial: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CellJson {
    start_time_unix_nano: String,
    records: u64,
    levels: LevelsJson,
}

/// The levels that there are records of, by name; `none` of those without a level.
struct LevelsJson(SeverityCounts);

impl CountsJson {
    fn new(cells: &Found<Vec<LogCell>>) -> Self {
        let cell = |cell: &LogCell| CellJson {
            start_time_unix_nano: cell.start.unix_nanos().to_string(),
            records: cell.counts.total(),
            levels: LevelsJson(cell.counts),
        };
        Self {
            cells: cells.value.iter().map(cell).collect(),
            partial: cells.coverage.partial().map(str::to_owned),
        }
    }
}

impl Serialize for LevelsJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let levels = SeverityLevel::ALL.into_iter().map(Some);
        let mut map = serializer.serialize_map(None)?;
        for level in [None].into_iter().chain(levels) {
            let count = self.0[level];
            if count > 0 {
                map.serialize_entry(level.map_or("none", SeverityLevel::name), &count)?;
            }
        }
        map.end()
    }
}
