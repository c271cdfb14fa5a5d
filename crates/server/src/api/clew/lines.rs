//! `GET /api/clew/v1/traces/{id}/lines`: a trace whose tree can be drawn before all of it is there.
//!
//! Each line is a value in JSON. The first is the outline: of each span what its row and its place in the
//! tree need, in columns. Then comes a line with all of each span, and at last what was found about the trace.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::ControlFlow;

use async_trait::async_trait;
use clew_model::{Span, SpanId, TraceId};
use clew_otlp::{kind_number, status_number};
use clew_query::Findings;
use clew_store::{Columns, Coverage, Held, QueryContext, TracePart, TraceSink, TraceSnapshot};
use serde::Serialize;

use super::trace::{FindingJson, Senders, SpanJson, no_spans};
use crate::api::Failure;
use crate::api::stream::JsonWriter;

/// Writes a trace. It is read twice, so that none of it but the outline is ever whole in memory. Both times
/// its spans come in the same order, for they are of one snapshot; where something cannot be read, some of
/// them may come the first time alone.
pub(super) async fn write(
    json: JsonWriter,
    id: TraceId,
    snapshot: &dyn TraceSnapshot,
    context: &QueryContext,
) -> Result<JsonWriter, Failure> {
    let mut outline = Outline::new(id, context);
    let keys = [id.into()];
    let loaded = snapshot
        .load(&keys, &Columns::SUMMARY, &mut outline)
        .await?;
    let mut json = json;
    outline.write(&mut json, &loaded.coverage).await?;
    let mut lines = Lines::new(json, outline, context);
    let loaded = snapshot.load(&keys, &Columns::ALL, &mut lines).await?;
    lines.finish(&loaded.coverage).await
}

/// What an outline has of each span.
#[derive(Default)]
struct SpanColumns {
    ids: Vec<SpanId>,
    parents: Vec<Option<SpanId>>,
    names: Vec<usize>,
    kinds: Vec<i32>,
    resources: Vec<usize>,
    scopes: Vec<usize>,
    /// Since 1970, and since the start of the trace once it is written.
    start_nanos: Vec<u64>,
    /// What ends before it starts has less than none.
    duration_nanos: Vec<i128>,
    statuses: Vec<i32>,
}

/// What a span takes here: in columns that double as they grow, with its parent as it is written, its entry
/// in the table of ids, and its place among those repeated.
const SPAN_BYTES: usize = 2
    * (2 * size_of::<Option<SpanId>>()
        + 4 * size_of::<usize>()
        + 2 * size_of::<i32>()
        + size_of::<(u64, i128)>()
        + size_of::<(SpanId, usize)>())
    + size_of::<(Option<usize>, String)>();

/// How many values of a column are written before it is looked whether they are enough to be sent.
const FLOW_VALUES: usize = 256;

/// The spans of a trace in columns.
struct Outline {
    id: TraceId,
    /// Of the earliest span, in nanoseconds since 1970; known once it is written.
    start: u64,
    columns: SpanColumns,
    /// The first span of each id.
    by_id: HashMap<SpanId, usize>,
    /// Spans whose id an earlier one has, by number.
    repeated: Vec<usize>,
    names: Vec<String>,
    name_numbers: HashMap<String, usize>,
    senders: Senders,
    memory: Held,
    failure: Option<Failure>,
}

impl Outline {
    fn new(id: TraceId, context: &QueryContext) -> Self {
        Self {
            id,
            start: 0,
            columns: SpanColumns::default(),
            by_id: HashMap::new(),
            repeated: Vec::new(),
            names: Vec::new(),
            name_numbers: HashMap::new(),
            senders: Senders::new(context),
            memory: context.hold(),
            failure: None,
        }
    }

    fn add(&mut self, span: &Span) -> Result<(), Failure> {
        self.memory.grow(SPAN_BYTES)?;
        let number = self.columns.ids.len();
        if *self.by_id.entry(span.span_id).or_insert(number) != number {
            self.repeated.push(number);
        }
        let name = self.name_number(&span.name)?;
        let (resource, scope) = self.senders.numbers(&span.resource, &span.scope)?;
        let (start, end) = (span.start.unix_nanos(), span.end.unix_nanos());
        let columns = &mut self.columns;
        columns.ids.push(span.span_id);
        columns.parents.push(span.parent_span_id);
        columns.names.push(name);
        columns.kinds.push(kind_number(span.kind));
        columns.resources.push(resource);
        columns.scopes.push(scope);
        columns.start_nanos.push(start);
        columns
            .duration_nanos
            .push(i128::from(end) - i128::from(start));
        columns.statuses.push(status_number(span.status.code));
        Ok(())
    }

    fn name_number(&mut self, name: &str) -> Result<usize, Failure> {
        if let Some(&number) = self.name_numbers.get(name) {
            return Ok(number);
        }
        let number = self.names.len();
        self.memory
            .grow(2 * (name.len() + size_of::<(String, usize)>()))?;
        self.names.push(name.to_owned());
        self.name_numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    async fn write(&mut self, json: &mut JsonWriter, coverage: &Coverage) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let (parents, missing) = self.parents();
        let columns = &mut self.columns;
        let start = columns.start_nanos.iter().copied().min();
        let start = start.ok_or_else(|| no_spans(coverage))?;
        self.start = start;
        for each in &mut columns.start_nanos {
            *each -= start;
        }
        json.raw(&format!(
            r#"{{"traceId":"{}","startTimeUnixNano":"{start}","columns":{{"spanIds":""#,
            self.id
        ));
        // Each id is as long as any other: one text has room for all.
        for ids in columns.ids.chunks(FLOW_VALUES) {
            for id in ids {
                json.raw(&id.to_string());
            }
            json.flow().await?;
        }
        json.raw("\"");
        list(json, r#","parents":"#, &parents).await?;
        list(json, r#","names":"#, &columns.names).await?;
        list(json, r#","kinds":"#, &columns.kinds).await?;
        list(json, r#","startNanos":"#, &columns.start_nanos).await?;
        list(json, r#","durationNanos":"#, &columns.duration_nanos).await?;
        list(json, r#","statuses":"#, &columns.statuses).await?;
        list(json, r#","resources":"#, &columns.resources).await?;
        list(json, r#","scopes":"#, &columns.scopes).await?;
        list(json, r#"},"missingParents":"#, &missing).await?;
        list(json, r#","repeatedIds":"#, &self.repeated).await?;
        list(json, r#","names":"#, &self.names).await?;
        json.raw(",");
        self.senders.write(json).await?;
        json.raw(r#","partial":"#);
        json.value(&coverage.partial())?;
        json.raw("}\n");
        Ok(())
    }

    /// The number of the parent of each span that has one, and the parents that are not there: they are
    /// numbered on from the spans.
    fn parents(&self) -> (Vec<Option<usize>>, Vec<String>) {
        let spans = self.columns.ids.len();
        let mut missing = Vec::new();
        let parents = self.columns.parents.iter().map(|parent| {
            let id = (*parent)?;
            Some(self.by_id.get(&id).copied().unwrap_or_else(|| {
                missing.push(id.to_string());
                spans + missing.len() - 1
            }))
        });
        (parents.collect(), missing)
    }
}

#[async_trait]
impl TraceSink for Outline {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        for span in &part.spans {
            if let Err(failure) = self.add(span) {
                self.failure = Some(failure);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Writes values as a list, and before it what it is called.
async fn list(json: &mut JsonWriter, name: &str, values: &[impl Serialize]) -> Result<(), Failure> {
    json.raw(name);
    json.raw("[");
    let mut comma = "";
    for values in values.chunks(FLOW_VALUES) {
        for value in values {
            json.raw(comma);
            json.value(value)?;
            comma = ",";
        }
        json.flow().await?;
    }
    json.raw("]");
    Ok(())
}

/// Writes a line for each span of an outline, as they are loaded.
struct Lines {
    json: JsonWriter,
    /// The ids of the spans that have no line yet, and their starts: an id may be there twice.
    expected: std::iter::Zip<std::vec::IntoIter<SpanId>, std::vec::IntoIter<u64>>,
    /// What the starts count from, in nanoseconds since 1970.
    start: u64,
    /// Of what is expected.
    _memory: Held,
    senders: Senders,
    findings: Findings,
    failure: Option<Failure>,
}

impl Lines {
    fn new(json: JsonWriter, outline: Outline, context: &QueryContext) -> Self {
        let SpanColumns {
            ids, start_nanos, ..
        } = outline.columns;
        Self {
            json,
            expected: ids.into_iter().zip(start_nanos),
            start: outline.start,
            _memory: outline.memory,
            senders: Senders::new(context),
            findings: Findings::new(context),
            failure: None,
        }
    }

    async fn write(&mut self, part: &TracePart) -> Result<(), Failure> {
        for span in &part.spans {
            let place = (
                span.span_id,
                span.start.unix_nanos().wrapping_sub(self.start),
            );
            while let Some(expected) = self.expected.next()
                && expected != place
            {
                // Nothing more can be read of it. Lines are matched to spans by their number.
                self.json.raw("null\n");
                self.json.flow().await?;
            }
            self.findings.add(span)?;
            let (resource, scope) = self.senders.numbers(&span.resource, &span.scope)?;
            self.json.value(&SpanJson::new(span, resource, scope))?;
            self.json.raw("\n");
            self.json.flow().await?;
        }
        Ok(())
    }

    async fn finish(mut self, coverage: &Coverage) -> Result<JsonWriter, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        for _ in self.expected {
            self.json.raw("null\n");
            self.json.flow().await?;
        }
        let findings = self.findings.finish();
        self.json.raw(r#"{"findings":"#);
        self.json
            .value(&findings.iter().map(FindingJson::new).collect::<Vec<_>>())?;
        self.json.raw(r#","partial":"#);
        self.json.value(&coverage.partial())?;
        self.json.raw("}\n");
        Ok(self.json)
    }
}

#[async_trait]
impl TraceSink for Lines {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        match self.write(&part).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}
