//! How many tests a run had, read from what the test runners print.

#[cfg(test)]
mod tests;

use anyhow::{Result, ensure};

/// What the results of a run add up to.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct TestCounts {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that were not run.
    pub(crate) ignored: u32,
}

impl TestCounts {
    /// Counts the line if it is a result of Rust's test runner: `test result: ok. 12 passed; …`.
    pub(crate) fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        self.passed += number_before(result, " passed");
        self.ignored += number_before(result, " ignored");
    }

    /// The same for a line of Node.js's test runner: `ℹ pass 12`, or `# pass 12` in a pipe.
    pub(crate) fn add_node(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("ℹ ").or(line.strip_prefix("# ")) else {
            return;
        };
        let number = |word| result.strip_prefix(word)?.trim().parse::<u32>().ok();
        self.passed += number("pass").unwrap_or(0);
        self.ignored += number("skipped").unwrap_or(0) + number("todo").unwrap_or(0);
    }

    /// Fails if a test was skipped, or none was run.
    pub(crate) fn ensure_all_ran(&self) -> Result<()> {
        ensure!(
            self.ignored == 0,
            "{} tests were skipped; a test that does not run is not a test",
            self.ignored
        );
        ensure!(self.passed > 0, "not one test ran");
        Ok(())
    }
}

/// The number right before `word`, or 0.
fn number_before(text: &str, word: &str) -> u32 {
    let Some((before, _)) = text.split_once(word) else {
        return 0;
    };
    let number = before.rsplit(' ').next().unwrap_or(before);
    number.parse().unwrap_or(0)
}
