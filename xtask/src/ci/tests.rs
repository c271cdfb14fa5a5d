use std::time::Duration;

use anyhow::anyhow;

use super::{Outcome, Stage, summary};

fn outcome(stage: Stage, result: anyhow::Result<&str>) -> Outcome {
    Outcome {
        stage,
        took: Duration::from_millis(1250),
        result: result.map(str::to_owned),
    }
}

#[test]
fn the_summary_names_the_first_failure_and_counts() {
    let text = summary(&[
        outcome(Stage::Fmt, Ok("")),
        outcome(
            Stage::Clippy,
            Err(anyhow!("`cargo clippy` failed\nat length")),
        ),
        outcome(Stage::Test, Err(anyhow!("`cargo test` failed"))),
    ]);
    assert_eq!(
        text,
        "
stage           time  result
fmt            1.2 s  passed
clippy         1.2 s  FAILED
test           1.2 s  FAILED
all            3.8 s

First failure: clippy: `cargo clippy` failed
Repeat it with: cargo xtask ci --only clippy

1 passed, 2 failed"
    );
}

#[test]
fn without_a_failure_nothing_is_to_repeat() {
    let text = summary(&[outcome(Stage::Test, Ok("12 tests"))]);
    assert!(text.contains("test           1.2 s  passed  12 tests\n"));
    assert!(!text.contains("Repeat"));
    assert!(text.ends_with("\n1 passed, 0 failed"));
}
