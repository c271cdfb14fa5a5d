use std::time::Instant;

use indicatif::InMemoryTerm;

use super::*;

#[test]
fn it_shows_its_label_and_the_seconds_until_it_is_dropped() {
    let terminal = InMemoryTerm::new(3, 80);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let spinner = Spinner::start_on(target, "calling");
    let end = Instant::now() + Duration::from_secs(10);
    while !terminal.contents().contains(" calling ") {
        assert!(Instant::now() < end, "{}", terminal.contents());
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(terminal.contents().ends_with(" s"));
    drop(spinner);
    assert_eq!(terminal.contents(), "");
}

#[test]
fn without_a_terminal_nothing_turns() {
    // A test's output is captured, or goes to a pipe in CI: if not, there is nothing to see here.
    let spinner = Spinner::start("calling");
    let is_watched = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    assert_eq!(!spinner.bar.is_hidden(), is_watched);
}
