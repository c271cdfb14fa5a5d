//! The hops of a trace, for a reader.

use std::time::Duration;

use clap::builder::styling::Style;
use clew_terminal::style::{BAD, CODE, DIM, GOOD, TITLE};
use clew_terminal::{Line, Palette, duration, paragraph};

use super::answer::{Failed, FailedSpan, Header, Hop, HopSpan, Problem, TraceHops};

/// How far what is said of a hop stands to the right.
const INDENT: usize = 4;

/// What stands before what is wrong.
const MARK: &str = "✗ ";

/// What is said of a trace without hops.
const ALONE: &str = "It is of one process alone: no context came in, as far as was recorded, and \
                     none went out.";

/// The report, in lines of so many cells.
pub(super) fn report(trace: &str, answer: &TraceHops, width: usize) -> Vec<Line> {
    let mut palette = Palette::default();
    let mut lines = vec![title(trace, answer)];
    if let Some(why) = &answer.partial {
        lines.extend(prose(why, width, INDENT));
    }
    if answer.hops.is_empty() {
        lines.extend(prose(ALONE, width, INDENT));
    }
    for hop in &answer.hops {
        lines.push(Line::new());
        lines.push(ends(hop, &mut palette));
        lines.extend(headers(hop, width));
        lines.extend(verdict(&hop.problems, width));
    }
    for problem in answer.of_trace() {
        lines.push(Line::new());
        lines.extend(told(problem, width));
    }
    if let Some((failed, first)) = answer.failed.as_ref().and_then(Failed::with_first) {
        lines.push(Line::new());
        let told = failures(failed.spans, first, &mut palette);
        lines.extend(indented(told, width));
    }
    lines
}

fn title(trace: &str, answer: &TraceHops) -> Line {
    let hops = match answer.hops.len() {
        1 => "1 hop between processes".to_owned(),
        count => format!("{count} hops between processes"),
    };
    Line::styled(TITLE, &format!("Trace {trace}")).with(DIM, &format!("  {hops}"))
}

/// How many spans failed, where that began, and after how long.
fn failures(spans: u64, first: &FailedSpan, palette: &mut Palette) -> Line {
    let count = match spans {
        1 => "1 span failed: ".to_owned(),
        spans => format!("{spans} spans failed; the first: "),
    };
    let why = match first.message.as_str() {
        "" => String::new(),
        message => format!(": {message}"),
    };
    let took = duration(Duration::from_nanos(first.end.saturating_sub(first.start)));
    Line::styled(BAD, &count)
        .join(end(&first.span, palette))
        .with(Style::new(), &why)
        .with(DIM, &format!(" (after {took})"))
}

/// Who called whom.
fn ends(hop: &Hop, palette: &mut Palette) -> Line {
    let from = match (&hop.caller, &hop.caller_span_id) {
        (Some(span), _) => end(span, palette),
        (None, Some(id)) => Line::styled(DIM, &format!("span {id}, which is not here")),
        (None, None) => Line::styled(DIM, "nobody who has a span"),
    };
    let to = match &hop.callee {
        Some(span) => end(span, palette),
        None => Line::styled(DIM, "nobody who has a span"),
    };
    from.with(DIM, "  →  ").join(to)
}

fn end(span: &HopSpan, palette: &mut Palette) -> Line {
    let service = match span.service.as_deref() {
        None | Some("") => "a service without a name",
        Some(name) => name,
    };
    Line::styled(palette.style(service), service)
        .with(Style::new(), " ")
        .with(Style::new(), &span.name)
}

/// The headers that went along, and how they are known.
fn headers(hop: &Hop, width: usize) -> Vec<Line> {
    let both = [
        ("traceparent", &hop.traceparent),
        ("tracestate", &hop.tracestate),
    ];
    let there = both
        .into_iter()
        .filter_map(|(name, header)| Some((name, header.as_ref()?)));
    let there: Vec<(&str, &Header)> = there.collect();
    let line = |(name, header): &(&str, &Header)| {
        let name = Line::styled(DIM, &format!("{name:<13}"));
        indented(name.with(CODE, &header.value), width)
    };
    let mut lines: Vec<Line> = there.iter().flat_map(line).collect();
    let source = match &there[..] {
        [] => return lines,
        [(_, one), rest @ ..] if rest.iter().all(|(_, other)| other.source == one.source) => {
            one.source.clone()
        }
        several => {
            let each = several
                .iter()
                .map(|(name, it)| format!("{name} {}", it.source));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    lines.push(Line::styled(DIM, &format!("({source})")).indent(INDENT));
    lines
}

fn verdict(problems: &[Problem], width: usize) -> Vec<Line> {
    if problems.is_empty() {
        let well = Line::styled(GOOD, "✓ ").with(Style::new(), "the context arrived");
        return vec![well.indent(INDENT)];
    }
    problems
        .iter()
        .flat_map(|problem| told(problem, width))
        .collect()
}

/// What is wrong, and the likely cause.
fn told(problem: &Problem, width: usize) -> Vec<Line> {
    let inner = INDENT + MARK.chars().count();
    let mut lines = Vec::new();
    for line in paragraph(&problem.what, width.saturating_sub(inner)) {
        let is_first = lines.is_empty();
        lines.push(if is_first {
            Line::styled(BAD, MARK).join(line).indent(INDENT)
        } else {
            line.indent(inner)
        });
    }
    lines.extend(prose(&problem.likely_cause, width, inner));
    if let Some(other) = &problem.other_trace_id {
        let next = Line::styled(CODE, &format!("clew doctor {other}"));
        lines.push(next.indent(inner));
    }
    lines
}

fn prose(text: &str, width: usize, indent: usize) -> Vec<Line> {
    let lines = paragraph(text, width.saturating_sub(indent));
    lines.into_iter().map(|line| line.indent(indent)).collect()
}

fn indented(line: Line, width: usize) -> Vec<Line> {
    let lines = line.broken(width.saturating_sub(INDENT));
    lines.into_iter().map(|line| line.indent(INDENT)).collect()
}
