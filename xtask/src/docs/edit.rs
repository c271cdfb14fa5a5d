//! Applies the edits that a page shows as a diff.

#[cfg(test)]
mod tests;

/// The text after the edit. The lines of the diff start with a space (stays), `-` (goes) or `+`
/// (comes); `@@` separates places. Each place must be found exactly once below the one before.
pub(crate) fn apply(text: &str, diff: &[String]) -> Result<String, String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut from = 0;
    for hunk in diff.split(|line| line.starts_with("@@")) {
        if hunk.is_empty() {
            continue;
        }
        let (before, after) = sides(hunk)?;
        let at = find(&lines, &before, from)?;
        lines.splice(at..at + before.len(), after.iter().map(|&l| l.to_owned()));
        from = at + after.len();
    }
    let mut text = lines.join("\n");
    text.push('\n');
    Ok(text)
}

/// The lines of a place before and after its edit.
fn sides(hunk: &[String]) -> Result<(Vec<&str>, Vec<&str>), String> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for line in hunk {
        // Editors cut the one space of an empty line.
        let (sign, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
        match sign {
            " " => {
                before.push(rest);
                after.push(rest);
            }
            "-" => before.push(rest),
            "+" => after.push(rest),
            _ => {
                return Err(format!(
                    "a line of a diff starts with ' ', '-' or '+': {line}"
                ));
            }
        }
    }
    if before.is_empty() {
        return Err("give a line that stays, so that the place can be found".to_owned());
    }
    Ok((before, after))
}

fn find(lines: &[String], wanted: &[&str], from: usize) -> Result<usize, String> {
    let fits = |window: &[String]| window.iter().zip(wanted).all(|(line, want)| line == want);
    let windows = lines[from..].windows(wanted.len()).enumerate();
    let mut found = windows.filter(|(_, window)| fits(window)).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(from + at),
        (None, _) => Err(format!(
            "the file has no such lines:\n{}",
            wanted.join("\n")
        )),
        (Some(_), Some(_)) => Err(format!(
            "the file has these lines more than once, show more of them:\n{}",
            wanted.join("\n")
        )),
    }
}
