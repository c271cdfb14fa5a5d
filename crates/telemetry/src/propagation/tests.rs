use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::*;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Headers, line by line.
fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (HeaderName::from_static(name), value)
        })
        .collect()
}

fn all() -> TextMapCompositePropagator {
    composite(&[Propagator::TraceContext, Propagator::Baggage])
}

fn extract(lines: &[(&'static str, &str)]) -> Context {
    all().extract_with_context(&Context::new(), &HeaderExtractor(&headers(lines)))
}

fn inject(cx: &Context) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    all().inject_context(cx, &mut HeaderInjector(&mut headers));
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    lines.sort();
    lines
}

fn tracer(sampler: impl Into<Box<dyn ShouldSample>>) -> SdkTracer {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    provider.tracer("tests")
}

/// What a service sends on that has received these headers, within a span of its own.
fn forwarded(lines: &[(&'static str, &str)]) -> Vec<(String, String)> {
    let parent = extract(lines);
    let span = tracer(Sampler::AlwaysOn).start_with_context("work", &parent);
    inject(&parent.with_span(span))
}

fn value<'a>(lines: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = lines.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn a_span_takes_the_callers_place_and_the_rest_goes_on() {
    let sent = forwarded(&[("traceparent", TRACEPARENT), ("tracestate", "foo=bar,a=b")]);
    let traceparent = value(&sent, "traceparent").unwrap();
    assert!(traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    assert!(!traceparent.contains("b7ad6b7169203331"), "{traceparent}");
    assert!(traceparent.ends_with("-01"), "{traceparent}");
    assert_eq!(value(&sent, "tracestate"), Some("foo=bar,a=b"));
}

#[test]
fn without_a_tracestate_none_is_sent() {
    let sent = forwarded(&[("traceparent", TRACEPARENT)]);
    assert_eq!(value(&sent, "tracestate"), None);
}

#[test]
fn without_a_span_nothing_is_sent() {
    assert_eq!(inject(&Context::new()), []);
    assert_eq!(inject(&extract(&[("tracestate", "foo=bar")])), []);
}

#[test]
fn the_random_flag_stays_as_it_came() {
    for flags in ["00", "01", "02", "03"] {
        let incoming = TRACEPARENT.replace("-01", &format!("-{flags}"));
        let parent = extract(&[("traceparent", &incoming)]);
        // The caller's decision stands, as it does by default.
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        let span = tracer(sampler).start_with_context("work", &parent);
        let sent = inject(&parent.with_span(span));
        let traceparent = value(&sent, "traceparent").unwrap();
        assert!(
            traceparent.ends_with(&format!("-{flags}")),
            "{incoming} → {traceparent}"
        );
    }
}

#[test]
fn a_new_trace_is_random_and_its_children_are() {
    let tracer = tracer(Sampler::AlwaysOn);
    let root = Context::new().with_span(tracer.start_with_context("root", &Context::new()));
    let child = root.with_span(tracer.start_with_context("child", &root));
    for cx in [root, child] {
        let sent = inject(&cx);
        assert!(
            value(&sent, "traceparent").unwrap().ends_with("-03"),
            "{sent:?}"
        );
    }
}

#[test]
fn a_trace_that_begins_within_another_has_nothing_of_it() {
    let incoming = extract(&[
        ("traceparent", &TRACEPARENT.replace("-01", "-00")),
        ("tracestate", "foo=bar"),
    ]);
    let tracer = tracer(Sampler::AlwaysOn);
    let root = tracer.start_with_context("root", &Context::new());
    let sent = inject(&incoming.with_span(root));
    assert!(
        value(&sent, "traceparent").unwrap().ends_with("-03"),
        "{sent:?}"
    );
    assert_eq!(value(&sent, "tracestate"), None);
}

#[test]
fn two_traceparents_are_none_even_if_one_is_no_text() {
    for second in [TRACEPARENT, "x"] {
        let cx = extract(&[("traceparent", TRACEPARENT), ("traceparent", second)]);
        assert!(!cx.span().span_context().is_valid(), "{second}");
    }
    let mut lines = headers(&[("traceparent", TRACEPARENT)]);
    lines.append("traceparent", HeaderValue::from_bytes(&[0xff]).unwrap());
    let cx = all().extract_with_context(&Context::new(), &HeaderExtractor(&lines));
    assert!(!cx.span().span_context().is_valid());
}

#[test]
fn tracestate_lines_are_joined_in_their_order() {
    let sent = forwarded(&[
        ("traceparent", TRACEPARENT),
        ("tracestate", "a=1 "),
        ("tracestate", "b=2,c=3"),
    ]);
    assert_eq!(value(&sent, "tracestate"), Some("a=1,b=2,c=3"));
}

#[test]
fn a_member_that_the_sdk_cannot_hold_is_sent_on_and_the_others_stand_on_the_span() {
    // Level 2 allows an @ anywhere after the first character.
    let members = "a=1,b@c@d=2,e=3";
    let lines = [("traceparent", TRACEPARENT), ("tracestate", members)];
    let cx = extract(&lines);
    let held = cx.span().span_context().trace_state().header();
    assert_eq!(held, "a=1,e=3");
    assert_eq!(value(&forwarded(&lines), "tracestate"), Some(members));
}

#[test]
fn a_sampler_may_change_the_tracestate() {
    #[derive(Debug, Clone)]
    struct Adds;
    impl ShouldSample for Adds {
        fn should_sample(
            &self,
            parent: Option<&Context>,
            trace_id: opentelemetry::TraceId,
            name: &str,
            kind: &SpanKind,
            attributes: &[KeyValue],
            links: &[Link],
        ) -> SamplingResult {
            let mut result =
                Sampler::AlwaysOn.should_sample(parent, trace_id, name, kind, attributes, links);
            result.trace_state = result.trace_state.insert("mine", "1").unwrap();
            result
        }
    }
    let parent = extract(&[("traceparent", TRACEPARENT), ("tracestate", "foo=bar")]);
    let span = tracer(Adds).start_with_context("work", &parent);
    let sent = inject(&parent.with_span(span));
    assert_eq!(value(&sent, "tracestate"), Some("mine=1,foo=bar"));
}

#[test]
fn a_disabled_sdk_hands_on_what_came() {
    let lines = [
        ("traceparent", TRACEPARENT),
        ("tracestate", "foo=bar"),
        ("baggage", "user=7;secret"),
    ];
    let parent = extract(&lines);
    // This is the tracer that `global::tracer` gives without a provider.
    let span = NoopTracer::new().start_with_context("work", &parent);
    let mut expected: Vec<_> = lines
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    expected.sort();
    assert_eq!(inject(&parent.with_span(span)), expected);
}

#[test]
fn the_root_has_the_tracestate_that_it_is_given_and_so_have_those_below() {
    let root = root_context(&"foo=bar".parse().unwrap());
    let tracer = tracer(RootSampler::from_env());
    let cx = root.with_span(tracer.start_with_context("root", &root));
    let span = cx.span().span_context().clone();
    assert!(span.is_valid() && span.is_sampled());
    assert_eq!(span.trace_state().header(), "foo=bar");

    let child = cx.with_span(tracer.start_with_context("child", &cx));
    assert_eq!(
        child.span().span_context().trace_state().header(),
        "foo=bar"
    );
    assert_eq!(value(&inject(&child), "tracestate"), Some("foo=bar"));
}

#[test]
fn baggage_is_read_and_goes_on_as_it_was_written() {
    let lines = [("baggage", "a=1;p=x , b=%20"), ("baggage", "c=3")];
    let cx = extract(&lines);
    assert_eq!(
        cx.baggage().get("b").map(ToString::to_string).as_deref(),
        Some("")
    );
    assert_eq!(
        cx.baggage().get("c").map(ToString::to_string).as_deref(),
        Some("3")
    );
    assert_eq!(value(&inject(&cx), "baggage"), Some("a=1;p=x,b=%20,c=3"));
}

#[test]
fn baggage_that_was_changed_here_goes_on_changed() {
    let cx = extract(&[("baggage", "a=1")]);
    let cx = cx.with_baggage([KeyValue::new("b", "2")]);
    assert_eq!(value(&inject(&cx), "baggage"), Some("b=2"));
}

#[test]
fn no_propagator_reads_or_writes_nothing() {
    let none = composite(&[]);
    let lines = headers(&[("traceparent", TRACEPARENT)]);
    let cx = none.extract_with_context(&Context::new(), &HeaderExtractor(&lines));
    assert!(!cx.span().span_context().is_valid());
    let span = tracer(Sampler::AlwaysOn).start_with_context("work", &cx);
    let mut sent = HeaderMap::new();
    none.inject_context(&cx.with_span(span), &mut HeaderInjector(&mut sent));
    assert!(sent.is_empty());
}
