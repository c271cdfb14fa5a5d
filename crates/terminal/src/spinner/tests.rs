use super::*;

#[test]
fn a_frame_turns_counts_and_fits() {
    let text = |millis, width| frame("calling", Duration::from_millis(millis), width).text();
    assert_eq!(text(0, 80), "  ⠋ calling 0 s");
    assert_eq!(text(85, 80), "  ⠙ calling 0 s");
    assert_eq!(text(5_000, 80), "  ⠹ calling 5 s");
    assert_eq!(text(0, 11), "  ⠋ calli…");
}

#[test]
fn without_a_terminal_nothing_turns() {
    // A test's output is captured, or goes to a pipe in CI: if not, there is nothing to see here.
    let spinner = Spinner::start("calling");
    let is_watched = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    assert_eq!(spinner.running.is_some(), is_watched);
}
