//! Whether a program printed what a page shows.

#[cfg(test)]
mod tests;

/// Stands for any text within a line: an id, a time.
const ANY_TEXT: &str = "[..]";
/// A line of its own that stands for any number of lines.
const ANY_LINES: &str = "...";

/// Whether all of the output fits what is shown.
pub(super) fn fits(shown: &[String], output: &[&str]) -> bool {
    fits_from(shown, output, End::Both)
}

/// Whether the output has got as far as what is shown; more may follow.
pub(super) fn has_appeared(shown: &[String], output: &[&str]) -> bool {
    fits_from(shown, output, End::Shown)
}

/// Both, line by line: what is shown and was not printed with `-`, what was printed and is not
/// shown with `+`.
pub(super) fn diff(shown: &[String], output: &[&str]) -> String {
    let mut lines = Vec::new();
    let (mut shown, mut output) = (shown, output);
    while let ([first, shown_rest @ ..], [printed, output_rest @ ..]) = (shown, output) {
        if first == ANY_LINES {
            let next = shown_rest.first();
            if next.is_some_and(|next| line_fits(next, printed)) {
                shown = shown_rest;
            } else {
                lines.push(format!("  {printed}"));
                output = output_rest;
            }
        } else if line_fits(first, printed) {
            lines.push(format!("  {printed}"));
            (shown, output) = (shown_rest, output_rest);
        } else if output_rest.iter().any(|later| line_fits(first, later)) {
            lines.push(format!("+ {printed}"));
            output = output_rest;
        } else {
            lines.push(format!("- {first}"));
            shown = shown_rest;
        }
    }
    let unseen = shown.iter().filter(|line| *line != ANY_LINES);
    lines.extend(unseen.map(|line| format!("- {line}")));
    let sign = if shown.is_empty() { '+' } else { ' ' };
    lines.extend(output.iter().map(|line| format!("{sign} {line}")));
    lines.join("\n")
}

/// What has to be at its end for a match.
#[derive(Clone, Copy)]
enum End {
    Shown,
    Both,
}

/// Walks both once; `...` is retried one line further down whenever what follows it does not fit.
fn fits_from(shown: &[String], output: &[&str], end: End) -> bool {
    let (mut at, mut line) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (shown.get(at), output.get(line)) {
            (Some(pattern), _) if pattern == ANY_LINES => {
                at += 1;
                retry = Some((at, line));
            }
            (Some(pattern), Some(printed)) if line_fits(pattern, printed) => {
                at += 1;
                line += 1;
            }
            (None, None) => return true,
            (None, Some(_)) if matches!(end, End::Shown) => return true,
            _ => match retry {
                Some((after, from)) if from < output.len() => {
                    (at, line) = (after, from + 1);
                    retry = Some((after, from + 1));
                }
                _ => return false,
            },
        }
    }
}

/// Whether the line is the pattern, with any text for each `[..]`; spaces at the end do not count.
fn line_fits(pattern: &str, line: &str) -> bool {
    let line = line.trim_end();
    let mut parts = pattern.trim_end().split(ANY_TEXT);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, inner)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in inner {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}
