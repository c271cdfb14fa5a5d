//! A table of targets beside figures.

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};

/// One figure, and what it should be.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    #[serde(serialize_with = "target_as_text")]
    target: Option<Target>,
    figure: f64,
    unit: Unit,
    /// Whether it is what it should be, if that was said.
    pub(super) met: Option<bool>,
}

/// What a figure should be, in its unit.
#[derive(Clone, Copy)]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

/// What a figure counts.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// Things.
    Count,
    /// Bytes, told one by one.
    Bytes,
    /// Bytes, told in megabytes.
    Memory,
    /// Milliseconds.
    Millis,
}

impl Row {
    pub(super) fn new(name: String, target: Option<Target>, figure: f64, unit: Unit) -> Self {
        let met = target.map(|target| match target {
            Target::AtLeast(least) => figure >= least,
            Target::AtMost(most) => figure <= most,
        });
        Self {
            name,
            target,
            figure,
            unit,
            met,
        }
    }

    fn cells(&self) -> [String; 4] {
        let target = match self.target {
            None => String::new(),
            Some(Target::AtLeast(least)) => format!("≥ {}", self.unit.show(least)),
            Some(Target::AtMost(most)) => format!("≤ {}", self.unit.show(most)),
        };
        let met = match self.met {
            None => "",
            Some(true) => "met",
            Some(false) => "**missed**",
        };
        [
            self.name.clone(),
            target,
            self.unit.show(self.figure),
            met.to_owned(),
        ]
    }
}

impl Unit {
    fn show(self, figure: f64) -> String {
        match self {
            Self::Count => rounded(figure),
            Self::Bytes => format!("{} B", rounded(figure)),
            Self::Memory => format!("{} MB", rounded(figure / 1e6)),
            Self::Millis => format!("{} ms", rounded(figure)),
        }
    }
}

/// Three digits, or all before the point.
fn rounded(figure: f64) -> String {
    if figure >= 100.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and below 2^53"
        )]
        return grouped(figure.round() as u64);
    }
    let decimals = if figure >= 10.0 { 1 } else { 2 };
    let text = format!("{figure:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The number with a comma before every three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The rows as Markdown, which a terminal shows as well.
pub(super) fn table(rows: &[Row]) -> String {
    let header = ["", "target", "measured", ""].map(str::to_owned);
    let cells: Vec<_> = std::iter::once(header)
        .chain(rows.iter().map(Row::cells))
        .collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or(0));
    let mut lines: Vec<String> = cells.iter().map(|row| line(row, &widths)).collect();
    let [first, target, measured, last] = widths.map(|width| "-".repeat(width));
    lines.insert(1, format!("|-{first}-|-{target}:|-{measured}:|-{last}-|"));
    lines.join("\n")
}

fn line([name, target, figure, met]: &[String; 4], widths: &[usize; 4]) -> String {
    let [a, b, c, d] = *widths;
    format!("| {name:a$} | {target:>b$} | {figure:>c$} | {met:d$} |")
}

#[expect(clippy::ref_option, reason = "serde hands it over like this")]
fn target_as_text<S: Serializer>(target: &Option<Target>, to: S) -> Result<S::Ok, S::Error> {
    match target {
        None => to.serialize_none(),
        Some(Target::AtLeast(least)) => to.serialize_str(&format!(">= {least}")),
        Some(Target::AtMost(most)) => to.serialize_str(&format!("<= {most}")),
    }
}
