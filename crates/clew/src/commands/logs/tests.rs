use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

fn parse(arguments: &[&str]) -> Result<Options, String> {
    let line = Line::try_parse_from([&["logs"], arguments].concat());
    line.map(|line| line.options)
        .map_err(|error| error.to_string())
}

#[test]
fn nothing_has_to_be_said() {
    let options = parse(&[]).unwrap();
    assert_eq!(options.limit(), 100);
    assert_eq!(options.server.as_str(), "http://localhost:16686/");
    assert_eq!(parse(&["--follow"]).unwrap().limit(), 10);
    assert_eq!(parse(&["-f", "-n", "3"]).unwrap().limit(), 3);
}

#[test]
fn levels_are_known_in_either_case() {
    for typed in ["error", "ERROR", "Error"] {
        let options = parse(&["--severity", typed]).unwrap();
        assert_eq!(options.severity.as_deref(), Some("error"));
    }
}

#[test]
fn what_makes_no_sense_is_said() {
    let id = "a trace id has 1 to 32 hexadecimal digits, not all zero";
    let url = "it is no URL such as http://localhost:16686";
    let long = "1".repeat(33);
    for (arguments, expected) in [
        (["--trace", "xyz"], id),
        (["--trace", "000"], id),
        (["--trace", ""], id),
        (["--trace", &long], id),
        (["--server", "localhost:16686"], url),
        (["--server", "ftp://localhost"], url),
        (["--server", "http://localhost?a=b"], url),
        (["--limit", "1001"], "1001 is not in 0..=1000"),
        (["--since", "soon"], "soon is no length of time"),
        (
            ["--severity", "loud"],
            "trace, debug, info, warn, error, fatal",
        ),
    ] {
        let error = parse(&arguments).unwrap_err();
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn short_trace_ids_are_taken() {
    let options = parse(&["--trace", "5AFE"]).unwrap();
    let trace = options.trace.expect("there is one");
    assert_eq!(trace.as_str(), format!("{:0>32}", "5afe"));
    assert!(!trace.is_whole());
}
