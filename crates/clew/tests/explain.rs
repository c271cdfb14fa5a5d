//! `clew explain`, as a shell sees it: what comes out, and the exit code.

use std::process::Command;

/// Exit code, standard output and standard error.
fn explain(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_clew"))
        .arg("explain")
        .args(arguments)
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn valid_headers_are_taken_apart() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    let (code, stdout, stderr) = explain(&[traceparent, "foo=bar"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("traceparent is valid\n"), "{stdout}");
    assert!(stdout.contains("\ntracestate is valid\n"), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "colours in a pipe: {stdout:?}");
}

#[test]
fn a_wrong_header_is_a_failure() {
    let (code, stdout, stderr) = explain(&["00-1-1-1"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stdout.starts_with("traceparent is invalid at byte offset 4\n\n  00-1-1-1\n      ^\n"),
        "{stdout}"
    );
}

#[test]
fn a_header_is_needed() {
    let (code, _, stderr) = explain(&[]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("<TRACEPARENT>"), "{stderr}");
}
