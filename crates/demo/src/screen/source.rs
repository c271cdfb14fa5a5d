//! The lines of the examples that a step is about, as they are compiled into the services.
//!
//! They are between `// region: <name>` and `// endregion: <name>`; a region may have several
//! parts in a file. A comment that begins with `//- ` is a line that the others replace.

use clew_terminal::Edit;

#[cfg(test)]
mod tests;

/// A file of the examples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// Where it is, from the root of the repository.
    pub(crate) path: &'static str,
    /// What it says.
    pub(crate) text: &'static str,
}

/// What adds tracing to a service.
pub(crate) const TRACING: &str = "tracing";
/// What makes the client begin a trace and hand it on.
pub(crate) const PROPAGATION: &str = "propagation";
/// What is wrong, and
pub(crate) const BUG: &str = "bug";
/// what is there instead.
pub(crate) const FIX: &str = "fix";

macro_rules! example {
    ($path:literal) => {
        Source {
            path: concat!("examples/", $path),
            text: include_str!(concat!("../../../../examples/", $path)),
        }
    };
}

pub(crate) const BANDS_API: Source = example!("bands-api/src/lib.rs");
pub(crate) const REVIEWS_API: Source = example!("reviews-api/src/lib.rs");
pub(crate) const REVIEWS_API_FAULTY: Source = example!("reviews-api/src/reviews/faulty.rs");
pub(crate) const REVIEWS_API_FIXED: Source = example!("reviews-api/src/reviews/fixed.rs");
pub(crate) const CLIENT: Source = example!("client/src/lib.rs");

impl Source {
    /// One item of the file: from the line that begins like this, after its indentation, to the
    /// brace that closes it.
    pub(crate) fn item(&self, beginning: &str) -> Self {
        let mut indentation = None;
        let (mut start, mut end) = (self.text.len(), self.text.len());
        let mut offset = 0;
        for line in self.text.split_inclusive('\n') {
            let code = line.trim_start();
            let depth = line.len() - code.len();
            if indentation.is_none() && code.starts_with(beginning) {
                (start, indentation) = (offset, Some(depth));
            }
            offset += line.len();
            if indentation == Some(depth) && code.starts_with('}') {
                end = offset;
                break;
            }
        }
        Self {
            path: self.path,
            text: &self.text[start..end],
        }
    }

    /// The parts of the region, line by line: those that the region consists of are `edit`.
    pub(crate) fn region(&self, name: &str, edit: Edit) -> Vec<Vec<(Edit, String)>> {
        let mut parts = Vec::new();
        let mut part: Option<Vec<(Edit, String)>> = None;
        for line in self.text.lines() {
            let (edit, code) = match mark(line) {
                Some(Mark::Start(marked)) if marked == name => {
                    part = Some(Vec::new());
                    continue;
                }
                Some(Mark::End(marked)) if marked == name => {
                    parts.extend(part.take());
                    continue;
                }
                // Regions may overlap: the marks of another one are not code.
                Some(Mark::Start(_) | Mark::End(_)) => continue,
                Some(Mark::Replaced(code)) => {
                    let indentation = &line[..line.len() - line.trim_start().len()];
                    (Edit::Removed, format!("{indentation}{code}"))
                }
                None => (edit, line.to_owned()),
            };
            if let Some(part) = &mut part {
                part.push((edit, code));
            }
        }
        parts
    }
}

/// A comment that means something to the demo.
enum Mark<'a> {
    Start(&'a str),
    End(&'a str),
    Replaced(&'a str),
}

fn mark(line: &str) -> Option<Mark<'_>> {
    let line = line.trim();
    let comment = |start| line.strip_prefix(start);
    None.or_else(|| comment("// region: ").map(Mark::Start))
        .or_else(|| comment("// endregion: ").map(Mark::End))
        .or_else(|| comment("//- ").map(Mark::Replaced))
}
