use super::*;

const URL: &str = "http://localhost:4317";

#[test]
fn only_what_changes_is_a_change() {
    let off = Environment::of_client(Tracing::Off, URL).propagators("none");
    let on = Environment::of_client(Tracing::On, URL).propagators("tracecontext,baggage");
    let changes: Vec<_> = on.changes_since(&off).collect();
    assert_eq!(
        changes,
        [
            (SDK_DISABLED, Some("true"), "false"),
            (PROPAGATORS, Some("none"), "tracecontext,baggage"),
        ]
    );
    let service = Environment::of_service(Tracing::On, URL);
    let new: Vec<_> = service.changes_since(&on).collect();
    assert_eq!(
        new,
        [
            (SCHEDULE_DELAY, None, "100"),
            (CAPTURE_HEADERS, None, "traceparent,tracestate"),
        ]
    );
}

#[test]
fn every_variable_of_the_demo_is_explained() {
    for tracing in [Tracing::Off, Tracing::On] {
        let environment = Environment::of_service(tracing, URL).propagators("none");
        for (name, value) in environment.variables() {
            assert!(!meaning(name, value).is_empty(), "{name}");
        }
    }
}
