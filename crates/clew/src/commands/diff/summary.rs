//! Two traces in a few lines: how much faster, and what makes the difference.

use std::time::Duration;

use clap::builder::styling::Style;
use clew_terminal::style::{DIM, TITLE};
use clew_terminal::{Line, Palette, duration, paragraph, table};

use super::answer::{Change, Explanation, TraceDiff};
use super::report::{mark, signed};

/// How far explanations stand to the right.
const INDENT: usize = 2;

/// What stands beside what an explanation names: how many spans, and the difference.
const BESIDE: usize = 30;

/// What the two traces are, and how they differ as a whole.
pub(super) fn summary(diff: &TraceDiff, width: usize, palette: &mut Palette) -> Vec<Line> {
    let (before, after) = (&diff.before, &diff.after);
    let ids = format!("Trace {}  →  {}", before.id, after.id);
    let took = |nanos| duration(Duration::from_nanos(nanos));
    let (took_before, took_after) = (took(before.duration_nanos), took(after.duration_nanos));
    let compared = compared(before.duration_nanos, after.duration_nanos);
    let mut lines = vec![
        Line::styled(TITLE, &ids),
        Line::plain(&format!("{took_before} → {took_after}, ")).with(TITLE, &compared),
    ];
    let (spans_before, spans_after) = (before.spans, after.spans);
    let counts = format!("{spans_before} → {spans_after} spans: {}", counts(diff));
    lines.extend(paragraph(&counts, width));
    if let Some(why) = &diff.partial {
        lines.extend(paragraph(why, width));
    }
    lines.extend(explanations(diff, width, palette));
    lines
}

fn counts(diff: &TraceDiff) -> String {
    let totals = &diff.totals;
    let counts = [
        (totals.new, "new"),
        (totals.gone, "gone"),
        (totals.slower, "slower"),
        (totals.faster, "faster"),
        (totals.same, "alike"),
        (totals.errors_appeared, "with a new error"),
        (totals.errors_went_away, "without the error that there was"),
    ];
    let there = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = there
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    told.join(", ")
}

fn explanations(diff: &TraceDiff, width: usize, palette: &mut Palette) -> Vec<Line> {
    let line = |explanation: &Explanation| {
        let row = diff.rows.get(explanation.row)?;
        let difference = explanation.difference_nanos;
        let change = match row.change {
            one_sided @ (Change::New | Change::Gone) => one_sided,
            _ if difference > 0 => Change::Slower,
            _ => Change::Faster,
        };
        let service = row.service();
        let what = mark(change)
            .with(palette.style(service), service)
            .with(Style::new(), " ")
            .with(Style::new(), &row.name);
        let spans = match explanation.rows {
            1 => "1 span".to_owned(),
            count => format!("{count} spans"),
        };
        Some(vec![
            what.cut(width.saturating_sub(BESIDE)),
            Line::styled(DIM, &spans),
            Line::plain(&signed(difference)),
        ])
    };
    let rows: Vec<Vec<Line>> = diff.explanations.iter().filter_map(line).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let head = "What makes the difference, by the time that spans worked themselves:";
    let mut lines = vec![Line::new()];
    lines.extend(paragraph(head, width));
    let table = table(&rows, width.saturating_sub(INDENT));
    lines.extend(table.into_iter().map(|line| line.indent(INDENT)));
    lines
}

/// How much faster or slower that is, in the words of the web page: `speedWords` in
/// `ui/compare/comparison.js`.
#[expect(
    clippy::cast_precision_loss,
    reason = "two or three digits of it are told, and the page divides in the same way"
)]
pub(super) fn compared(before: u64, after: u64) -> String {
    let word = if after > before { "slower" } else { "faster" };
    if before == after {
        return "as long as before".to_owned();
    }
    if before == 0 || after == 0 {
        return word.to_owned();
    }
    let times = before.max(after) as f64 / before.min(after) as f64;
    match times {
        ..1.005 => "about as long as before".to_owned(),
        ..2.0 => format!("{:.0} % {word}", (100.0 * (times - 1.0)).round()),
        ..10.0 => format!("{:.1} times {word}", half_up(times)),
        _ => format!("{:.0} times {word}", times.round()),
    }
}

/// What lies halfway between two tenths is rounded up as on the page; to format it rounds to even.
fn half_up(times: f64) -> f64 {
    let is_halfway = (times * 4.0 - 1.0) % 2.0 == 0.0;
    if is_halfway { times.next_up() } else { times }
}
