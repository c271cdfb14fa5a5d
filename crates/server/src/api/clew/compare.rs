//! `GET /api/clew/v1/traces/{id}/compare/{other}`: what became of a trace, span by span.

use clew_model::{Trace, TraceId};
use clew_otlp::kind_number;
use clew_query::{ChangeTotals, ComparedRow, ComparedSpan, ComparedTrace, Comparison, Explanation};
use clew_store::{Collect, Columns, Coverage, QueryContext, TraceSnapshot};
use serde::Serialize;

use crate::api::Failure;
use crate::api::stream::JsonWriter;
use crate::blocking::blocking;

/// Loads both traces, compares them, and writes what became of the first.
pub(super) async fn write(
    mut json: JsonWriter,
    (before, after): (TraceId, TraceId),
    snapshot: &dyn TraceSnapshot,
    context: &QueryContext,
) -> Result<JsonWriter, Failure> {
    let (before, coverage_before) = load(before, snapshot, context).await?;
    let (after, coverage_after) = load(after, snapshot, context).await?;
    let of_query = context.clone();
    // As long as both traces are, which may be some hundred thousand spans.
    let compare = move || Comparison::new(&before, &after, &of_query);
    let comparison = blocking(compare).await?;
    write_head(&mut json, &comparison)?;
    for (number, row) in comparison.rows.iter().enumerate() {
        if number > 0 {
            json.raw(",");
        }
        json.value(&RowJson::new(row))?;
        json.flow().await?;
    }
    json.raw(r#"],"partial":"#);
    json.value(&coverage_before.and(coverage_after).partial())?;
    json.raw("}");
    Ok(json)
}

/// The whole trace, as far as it could be read.
async fn load(
    id: TraceId,
    snapshot: &dyn TraceSnapshot,
    context: &QueryContext,
) -> Result<(Trace, Coverage), Failure> {
    let mut collect = Collect::new(context);
    let loaded = snapshot
        .load(&[id.into()], &Columns::SUMMARY, &mut collect)
        .await?;
    match (collect.into_traces()?.pop(), loaded.coverage) {
        (Some(trace), coverage) => Ok((trace, coverage)),
        (None, Coverage::Complete) => Err(Failure::NoSuchTrace { id }),
        (None, Coverage::Partial(why)) => Err(Failure::TraceNotReadable(why)),
    }
}

/// What stands before the rows, so that whoever reads the answer as it comes has it first.
fn write_head(json: &mut JsonWriter, comparison: &Comparison) -> Result<(), Failure> {
    json.raw(r#"{"before":"#);
    json.value(&TraceJson::new(&comparison.before))?;
    json.raw(r#","after":"#);
    json.value(&TraceJson::new(&comparison.after))?;
    json.raw(r#","totals":"#);
    json.value(&TotalsJson::new(&comparison.totals))?;
    json.raw(r#","explanations":"#);
    let explanations = comparison.explanations.iter().map(ExplanationJson::new);
    json.value(&explanations.collect::<Vec<_>>())?;
    json.raw(r#","rows":["#);
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TraceJson {
    trace_id: String,
    spans: usize,
    duration_nano: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TotalsJson {
    new: usize,
    gone: usize,
    slower: usize,
    faster: usize,
    same: usize,
    errors_appeared: usize,
    errors_went_away: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExplanationJson {
    row: usize,
    rows: usize,
    self_time_difference_nano: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowJson<'a> {
    depth: usize,
    change: &'static str,
    error: Option<&'static str>,
    service: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_before: Option<&'a str>,
    kind: i32,
    before: Option<SpanJson>,
    after: Option<SpanJson>,
    self_time_difference_nano: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanJson {
    span_id: String,
    offset_nano: String,
    duration_nano: String,
    self_time_nano: String,
    is_error: bool,
}

impl TraceJson {
    fn new(trace: &ComparedTrace) -> Self {
        Self {
            trace_id: trace.id.to_string(),
            spans: trace.spans,
            duration_nano: trace.duration.as_nanos().to_string(),
        }
    }
}

impl TotalsJson {
    fn new(totals: &ChangeTotals) -> Self {
        Self {
            new: totals.new,
            gone: totals.gone,
            slower: totals.slower,
            faster: totals.faster,
            same: totals.same,
            errors_appeared: totals.errors_appeared,
            errors_went_away: totals.errors_went_away,
        }
    }
}

impl ExplanationJson {
    fn new(explanation: &Explanation) -> Self {
        Self {
            row: explanation.row,
            rows: explanation.rows,
            self_time_difference_nano: explanation.difference_nanos.to_string(),
        }
    }
}

impl<'a> RowJson<'a> {
    fn new(row: &'a ComparedRow) -> Self {
        Self {
            depth: row.depth,
            change: row.change.name(),
            error: row.error_change().map(clew_query::ErrorChange::name),
            service: row.service.as_deref(),
            name: &row.name,
            name_before: row.name_before.as_deref(),
            kind: kind_number(row.kind),
            before: row.before.as_ref().map(SpanJson::new),
            after: row.after.as_ref().map(SpanJson::new),
            self_time_difference_nano: row.self_time_difference_nanos().to_string(),
        }
    }
}

impl SpanJson {
    fn new(span: &ComparedSpan) -> Self {
        Self {
            span_id: span.id.to_string(),
            offset_nano: span.offset.as_nanos().to_string(),
            duration_nano: span.duration.as_nanos().to_string(),
            self_time_nano: span.self_time.as_nanos().to_string(),
            is_error: span.is_error,
        }
    }
}
