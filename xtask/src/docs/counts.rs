//! What has become of the commands of the pages.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

/// How many commands were run, and how many were not, for lack of what.
#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Commands that were run and did what the page shows.
    pub(super) run: usize,
    skipped: usize,
    missing: BTreeSet<String>,
}

impl Counts {
    /// Counts a command that was not run, since this machine has no such program.
    pub(super) fn skip(&mut self, missing: &str) {
        self.skipped += 1;
        self.missing.insert(missing.to_owned());
    }

    /// Adds those of other pages.
    pub(super) fn add(&mut self, other: Self) {
        self.run += other.run;
        self.skipped += other.skipped;
        self.missing.extend(other.missing);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} commands", self.run)?;
        if self.skipped > 0 {
            let missing: Vec<_> = self.missing.iter().map(String::as_str).collect();
            let missing = missing.join(" and no ");
            write!(f, ", {} skipped: there is no {missing}", self.skipped)?;
        }
        Ok(())
    }
}
