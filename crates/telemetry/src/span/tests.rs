use opentelemetry::trace::{SpanContext, TraceContextExt as _};

use super::*;
use crate::testing::{attribute, recorder};

fn current() -> SpanContext {
    Context::current().span().span_context().clone()
}

#[tokio::test]
async fn a_span_is_current_across_awaits_and_the_parent_of_those_within() {
    let recorder = recorder();
    let (outer, inner) = in_span("outer", async {
        let outer = current();
        tokio::task::yield_now().await;
        assert_eq!(current(), outer);
        let inner = in_span("inner", async { current() }).await;
        assert_eq!(current(), outer);
        (outer, inner)
    })
    .await;
    assert!(!current().is_valid());

    assert_eq!(inner.trace_id(), outer.trace_id());
    let spans = recorder.trace(outer.trace_id());
    let [inner_data, outer_data] = spans.as_slice() else {
        panic!("{spans:#?}");
    };
    assert_eq!((&*inner_data.name, &*outer_data.name), ("inner", "outer"));
    assert_eq!(inner_data.parent_span_id, outer.span_id());
    assert_eq!(inner_data.status, Status::Unset);
}

#[tokio::test]
async fn an_error_is_recorded_and_handed_on() {
    let recorder = recorder();
    let mut span = SpanContext::NONE;
    let result = try_in_span("failing", async {
        span = current();
        "x".parse::<u8>()
    })
    .await;
    assert!(result.is_err());

    let spans = recorder.trace(span.trace_id());
    let message = "invalid digit found in string";
    assert_eq!(spans[0].status, Status::error(message));
    assert_eq!(
        attribute(&spans[0], "error.type").as_deref(),
        Some("core::num::error::ParseIntError")
    );
    let event = &spans[0].events[0];
    assert_eq!(event.name, "exception");
    assert!(
        event
            .attributes
            .contains(&KeyValue::new("exception.message", message))
    );
}

#[tokio::test]
async fn success_leaves_the_status_alone() {
    let recorder = recorder();
    let mut span = SpanContext::NONE;
    let result: Result<u8, std::num::ParseIntError> = try_in_span("fine", async {
        span = current();
        "7".parse()
    })
    .await;
    assert_eq!(result, Ok(7));
    let spans = recorder.trace(span.trace_id());
    assert_eq!(spans[0].status, Status::Unset);
    assert!(spans[0].events.is_empty());
}

#[tokio::test]
async fn a_spawned_task_keeps_the_span() {
    recorder();
    in_span("outer", async {
        let outer = current();
        assert!(outer.is_valid());
        assert_eq!(spawn(async { current() }).await.unwrap(), outer);
        let forgotten = tokio::spawn(async { current() }).await.unwrap();
        assert!(!forgotten.is_valid());
    })
    .await;
}
