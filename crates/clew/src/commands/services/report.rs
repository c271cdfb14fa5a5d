//! Services and what one of them does, for a reader.

use std::cmp::Reverse;

use clap::builder::styling::Style;
use clew_terminal::style::{BAD, DIM, LINK, TITLE};
use clew_terminal::{Line, Palette, paragraph};

use super::Since;
use super::answer::{Edge, Figures, FoundTrace, Map, Metrics, Service, SpanName, service_name};
use super::figures::{Cell, rate, share, took};
use super::grid::{Row, grid};

/// How far what belongs to the total stands to the right.
const INDENT: usize = 2;

/// OTLP's number of the kind of span that answers a request, which needs no word.
const KIND_SERVER: u32 = 2;

/// What there is to know of the traces of a service beside its figures.
pub(super) struct Traces<'a> {
    /// Where traces are shown.
    pub(super) page: &'a str,
    /// The newest that failed.
    pub(super) failed: Option<FoundTrace>,
}

/// All services, and who calls whom, in lines of at most so many cells.
pub(super) fn map_report(map: &Map, since: &Since, width: usize) -> Vec<Line> {
    if map.services.is_empty() {
        let mut lines = paragraph(&nothing(since), width);
        lines.extend(partial(map.partial.as_deref(), width));
        return lines;
    }
    let names = map.services.iter().map(|service| &*service.name);
    let mut palette = Palette::new(names);
    let count = match map.services.len() {
        1 => "1 service".to_owned(),
        count => format!("{count} services"),
    };
    let mut lines = vec![title(&count, since, width)];
    lines.extend(partial(map.partial.as_deref(), width));
    lines.push(Line::new());
    let services = map.services.iter();
    let rows: Vec<Row> = services
        .map(|it| service_row(it, map, &mut palette))
        .collect();
    let head = ["service", "requests", "errors", "p50", "p95", "p99"];
    lines.extend(grid(&head, &rows, map.range, width));
    lines.extend(calls(map, width, &mut palette));
    lines
}

/// What one service does.
pub(super) fn service_report(
    service: &str,
    metrics: &Metrics,
    since: &Since,
    traces: &Traces<'_>,
    width: usize,
) -> Vec<Line> {
    let mut lines = vec![title(service_name(service), since, width)];
    lines.extend(partial(metrics.partial.as_deref(), width));
    lines.push(Line::new());
    let names = metrics.names.iter();
    let total = figures_row(Line::styled(TITLE, "all"), &metrics.total, metrics);
    let names = names.map(|name| figures_row(name_label(name), &name.figures, metrics));
    let rows: Vec<Row> = std::iter::once(total).chain(names).collect();
    let head = ["spans", "rate", "errors", "p50", "p95", "p99"];
    let mut table = grid(&head, &rows, metrics.range, width).into_iter();
    // The names of the columns and the total.
    lines.extend(table.by_ref().take(2));
    lines.extend(slowest(metrics, traces.page, width));
    lines.extend(newest_failed(traces, width));
    lines.extend(table);
    if metrics.has_more_names {
        let more = "There are more names, of fewer spans.";
        lines.extend(paragraph(more, width));
    }
    lines
}

/// What is said of a service that is known but has no spans in the range.
pub(super) fn idle(service: &str, since: &Since, width: usize) -> Vec<Line> {
    let service = Line::plain(service_name(service)).cut(width);
    let text = format!(
        "has no spans in the last {}: look further back with a longer `--since`.",
        since.text
    );
    std::iter::once(service)
        .chain(paragraph(&text, width))
        .collect()
}

fn nothing(since: &Since) -> String {
    format!(
        "No spans in the last {}. Send some to port 4317 or 4318 (`clew demo` shows how), or look \
         further back with a longer `--since`.",
        since.text
    )
}

fn title(what: &str, since: &Since, width: usize) -> Line {
    Line::styled(TITLE, what)
        .with(DIM, &format!("  in the last {}", since.text))
        .cut(width)
}

fn partial(why: Option<&str>, width: usize) -> Vec<Line> {
    why.map_or_else(Vec::new, |why| paragraph(why, width))
}

fn service_row(service: &Service, map: &Map, palette: &mut Palette) -> Row {
    let cells = service.cells.iter().map(|cell| Cell {
        start: cell.start,
        count: cell.requests,
        errors: cell.errors,
    });
    let durations = service.durations;
    Row {
        label: service_label(&service.name, palette),
        figures: vec![
            rate(service.requests, map.range),
            share(service.errors, service.requests),
            took(durations.p50),
            took(durations.p95),
            took(durations.p99),
        ],
        over_time: Some(cells.collect()),
    }
}

fn figures_row(label: Line, figures: &Figures, metrics: &Metrics) -> Row {
    let cells = figures.cells.iter().map(|cell| Cell {
        start: cell.start,
        count: cell.spans,
        errors: cell.errors,
    });
    let durations = figures.durations;
    Row {
        label,
        figures: vec![
            rate(figures.spans, metrics.range),
            share(figures.errors, figures.spans),
            took(durations.p50),
            took(durations.p95),
            took(durations.p99),
        ],
        over_time: Some(cells.collect()),
    }
}

fn service_label(name: &str, palette: &mut Palette) -> Line {
    Line::styled(palette.style(name), service_name(name))
}

fn name_label(name: &SpanName) -> Line {
    let kind = match name.kind {
        KIND_SERVER => "",
        1 => " internal",
        3 => " client",
        4 => " producer",
        5 => " consumer",
        _ => " of no kind",
    };
    Line::plain(&name.name).with(DIM, kind)
}

/// Who calls whom, and how much of that is not known.
fn calls(map: &Map, width: usize, palette: &mut Palette) -> Vec<Line> {
    let mut lines = Vec::new();
    if !map.edges.is_empty() {
        lines.push(Line::new());
        let mut edges: Vec<&Edge> = map.edges.iter().collect();
        // The busiest first, which of many are those to look at; of equal ones by name, as they come.
        edges.sort_by_key(|edge| Reverse(edge.calls));
        let rows = edges.into_iter();
        let rows: Vec<Row> = rows.map(|edge| edge_row(edge, map, palette)).collect();
        let head = ["caller → called", "calls", "errors", "p95"];
        lines.extend(grid(&head, &rows, map.range, width));
    }
    let told = match map.unresolved_calls {
        0 => return lines,
        1 => "1 call came from a span that is not here.".to_owned(),
        calls => format!("{calls} calls came from spans that are not here."),
    };
    lines.push(Line::new());
    lines.extend(paragraph(&told, width));
    lines
}

fn edge_row(edge: &Edge, map: &Map, palette: &mut Palette) -> Row {
    let called = match &*edge.kind {
        "service" => service_label(&edge.called, palette),
        // No service, and so it has no colour of one.
        kind => Line::plain(&edge.called).with(DIM, &format!(" ({kind})")),
    };
    Row {
        label: service_label(&edge.caller, palette)
            .with(DIM, " → ")
            .join(called),
        figures: vec![
            rate(edge.calls, map.range),
            share(edge.errors, edge.calls),
            took(edge.durations.p95),
        ],
        over_time: None,
    }
}

/// The span that took longest, and where its trace is shown.
fn slowest(metrics: &Metrics, url: &str, width: usize) -> Vec<Line> {
    let Some(slowest) = metrics.slowest() else {
        return Vec::new();
    };
    let id = &slowest.trace_id;
    let failed = if slowest.is_error { " ✗ failed" } else { "" };
    let told = Line::styled(DIM, "slowest ")
        .join(took(Some(slowest.duration_nano)))
        .with(BAD, failed)
        .with(DIM, "  trace ");
    trace(told, id, url, width)
}

/// The newest trace that failed, and where it is shown.
fn newest_failed(traces: &Traces<'_>, width: usize) -> Vec<Line> {
    let Some(failed) = &traces.failed else {
        return Vec::new();
    };
    let told = Line::styled(DIM, "newest")
        .with(BAD, " ✗ failed")
        .with(DIM, "  trace ");
    trace(told, &failed.trace_id, traces.page, width)
}

/// What is told of a trace, its id, and where it is shown.
fn trace(told: Line, id: &str, url: &str, width: usize) -> Vec<Line> {
    let page = Line::styled(LINK, &format!("{url}/trace/{id}"));
    let room = width.saturating_sub(INDENT);
    // Half an id or a URL is of no use.
    let lines = [told.with(Style::new(), id), page]
        .into_iter()
        .flat_map(|it| it.broken(room));
    lines.map(|line| line.indent(INDENT)).collect()
}
