//! The results on a page of the documentation: one section for each number of spans, the newest of
//! its kind.

#[cfg(test)]
mod tests;

use std::fs;

use anyhow::{Context, Result};

use super::{Report, row};
use crate::workspace;

/// The page.
pub(super) const PAGE: &str = "docs/benchmarks.md";

/// What comes before the first section.
const START: &str = "<!-- Below here `cargo xtask bench --record` writes. -->\n";

/// Puts the report in the place of the older one of as many spans.
pub(super) fn write(report: &Report) -> Result<()> {
    let path = workspace::root().join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("{PAGE} cannot be read"))?;
    let page = with_section(&page, report.spans, &section(report)?)?;
    fs::write(&path, page).with_context(|| format!("{PAGE} cannot be written"))
}

fn section(report: &Report) -> Result<String> {
    let json = serde_json::to_string_pretty(&report)?;
    let machine = &report.machine;
    let table = row::table(&report.rows);
    Ok(format!(
        "On {machine}.\n\n{table}\n\n<details><summary>All figures</summary>\n\n\
         ```json\n{json}\n```\n\n</details>\n"
    ))
}

fn heading(spans: u64) -> String {
    format!("## {} spans\n\n", row::grouped(spans))
}

/// The page with this section of so many spans, in their order.
fn with_section(page: &str, spans: u64, section: &str) -> Result<String> {
    let (before, sections) = page
        .split_once(START)
        .with_context(|| format!("{PAGE} has no line {START}"))?;
    let mut kept: Vec<(u64, String)> = sections
        .split("\n## ")
        .filter_map(|section| {
            let (title, text) = section.trim_start_matches("## ").split_once(" spans\n\n")?;
            let spans = title.trim().replace(',', "").parse().ok()?;
            Some((spans, text.trim_end().to_owned() + "\n"))
        })
        .filter(|(other, _)| *other != spans)
        .collect();
    kept.push((spans, section.to_owned()));
    kept.sort_by_key(|(spans, _)| *spans);
    let sections = kept
        .iter()
        .map(|(spans, text)| format!("\n{}{text}", heading(*spans)));
    Ok(format!("{before}{START}{}", sections.collect::<String>()))
}
