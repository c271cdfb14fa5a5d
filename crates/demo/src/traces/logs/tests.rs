use clew_model::Timestamp;

use super::*;
use crate::traces::fixtures::{faulty_call, trace};

fn line(service: &str, span_id: u64) -> LogLine {
    LogLine {
        time: Timestamp::from_unix_nanos(1),
        level: None,
        service: service.to_owned(),
        text: "found it".to_owned(),
        span_id: format!("{span_id:016x}").parse().ok(),
    }
}

#[test]
fn all_services_have_to_speak() {
    let lines = [line("client", 1), line("bands-api", 3)];
    assert_eq!(services(&lines, &["client", "bands-api"]).problem, None);
    let problem = services(&lines, &["client", "bands-api", "reviews-api"]).problem;
    assert_eq!(problem.as_deref(), Some("they are of bands-api and client"));
    let problem = services(&[], &["client"]).problem;
    assert_eq!(problem.as_deref(), Some("they are of nobody"));
}

#[test]
fn a_line_belongs_to_a_span_of_its_service() {
    let trace = trace(&faulty_call());
    let good = [line("client", 1), line("bands-api", 3)];
    assert_eq!(spans(&good, &trace).problem, None);
    // A span of another service, none of the trace, and none at all.
    for astray in [line("client", 3), line("client", 99), line("client", 0)] {
        let problem = spans(&[astray], &trace).problem;
        let expected = "\"found it\" of client does not";
        assert_eq!(problem.as_deref(), Some(expected));
    }
}
