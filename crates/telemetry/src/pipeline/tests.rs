use std::net::{Ipv4Addr, TcpListener};

use clew_testkit_server::{Answer, Collector, Transport};
use http::StatusCode;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracer;
use tonic::Code;

use super::*;

/// How long a test waits for what must come soon; generous, since the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

/// The deadline of the pipelines here.
const DEADLINE: Duration = Duration::from_secs(5);

const TRANSPORTS: [(Transport, &str); 2] = [
    (Transport::Grpc, "grpc"),
    (Transport::Http, "http/protobuf"),
];

fn start(endpoint: &str, protocol: &str, deadline: Duration) -> Pipeline {
    let settings = Settings::from_lookup(&|name| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.to_owned()),
        "OTEL_EXPORTER_OTLP_PROTOCOL" => Some(protocol.to_owned()),
        _ => None,
    });
    let resource = Resource::builder().with_service_name("tested").build();
    Pipeline::start(&settings, resource, deadline).unwrap()
}

fn tracer(pipeline: &Pipeline) -> SdkTracer {
    pipeline.tracer_provider().tracer("tests")
}

fn log(pipeline: &Pipeline, text: &'static str) {
    let logger = pipeline.logger_provider().unwrap().logger("tests");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from(text));
    logger.emit(record);
}

/// An address at which nobody listens.
fn nobody() -> std::net::SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

#[test]
fn spans_and_log_records_arrive_over_both_protocols() {
    for (transport, protocol) in TRANSPORTS {
        let collector = Collector::start(transport);
        let pipeline = start(&collector.endpoint(), protocol, DEADLINE);
        let cx = Context::new();
        let span = tracer(&pipeline).start_with_context("work", &cx);
        let cx = cx.with_span(span);
        {
            let _current = cx.clone().attach();
            log(&pipeline, "hello");
        }
        cx.span().end();
        pipeline.close().unwrap();

        let spans = collector.spans();
        assert_eq!(spans.len(), 1, "{protocol}");
        assert_eq!(spans[0].span.name, "work");
        assert_eq!(spans[0].service(), "tested");
        let logs = collector.logs();
        assert_eq!(logs.len(), 1, "{protocol}");
        assert_eq!(logs[0].trace_id, spans[0].span.trace_id);
        assert_eq!(logs[0].span_id, spans[0].span.span_id);
    }
}

#[test]
fn spans_are_sent_without_waiting_for_the_end() {
    let collector = Collector::start(Transport::Grpc);
    let pipeline = start(&collector.endpoint(), "grpc", DEADLINE);
    tracer(&pipeline).start("work");
    collector.wait_for_spans(1, SOON);
    pipeline.close().unwrap();
}

#[test]
fn an_absent_backend_is_named_at_the_end_with_what_is_lost() {
    for (_, protocol) in TRANSPORTS {
        let endpoint = format!("http://{}", nobody());
        let pipeline = start(&endpoint, protocol, DEADLINE);
        for _ in 0..3 {
            tracer(&pipeline).start("work");
        }
        let began = Instant::now();
        let error = pipeline.close().unwrap_err();

        assert_eq!((error.signal, error.count), (Signal::Traces, 3));
        assert!(error.endpoint.contains(&endpoint), "{error}");
        assert!(error.to_string().contains("OTEL_EXPORTER_OTLP_ENDPOINT"));
        // A backend that never was there is not waited for.
        assert!(began.elapsed() < DEADLINE, "{:?}", began.elapsed());
    }
}

#[test]
fn a_backend_that_hangs_holds_nobody_up_and_the_end_keeps_its_deadline() {
    // The system accepts connections to it; nobody ever answers.
    let hanging = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let endpoint = format!("http://{}", hanging.local_addr().unwrap());
    for (_, protocol) in TRANSPORTS {
        let deadline = Duration::from_millis(300);
        let pipeline = start(&endpoint, protocol, deadline);
        let tracer = tracer(&pipeline);
        let began = Instant::now();
        // More than the queue holds.
        for _ in 0..10_000 {
            tracer.start("work");
        }
        assert!(began.elapsed() < Duration::from_secs(5));

        let began = Instant::now();
        let error = pipeline.close().unwrap_err();
        assert!(began.elapsed() < deadline + Duration::from_secs(2));
        // What did not fit into the queue is counted, too.
        assert_eq!(error.count, 10_000, "{error}");
        assert!(
            error.to_string().contains("no answer within 300ms"),
            "{error}"
        );
    }
}

#[test]
fn a_restart_of_thirty_seconds_loses_nothing() {
    let collectors = TRANSPORTS.map(|(transport, protocol)| {
        let collector = Collector::start(transport);
        let pipeline = start(&collector.endpoint(), protocol, DEADLINE);
        tracer(&pipeline).start("before");
        collector.wait_for_spans(1, SOON);
        (collector, pipeline, transport)
    });
    let stopped = collectors.map(|(collector, pipeline, transport)| {
        let address = collector.address();
        drop(collector);
        tracer(&pipeline).start("during");
        (address, pipeline, transport)
    });
    std::thread::sleep(Duration::from_secs(30));
    for (address, pipeline, transport) in stopped {
        let collector = Collector::start_at(address, transport);
        let spans = collector.wait_for_spans(1, SOON);
        assert_eq!(spans[0].span.name, "during");
        pipeline.close().unwrap();
    }
}

#[test]
fn a_backend_that_comes_back_within_the_deadline_gets_the_rest() {
    let collector = Collector::start(Transport::Grpc);
    let pipeline = start(&collector.endpoint(), "grpc", SOON);
    tracer(&pipeline).start("before");
    collector.wait_for_spans(1, SOON);
    let address = collector.address();
    drop(collector);
    tracer(&pipeline).start("late");

    let closing = std::thread::spawn(|| pipeline.close());
    std::thread::sleep(Duration::from_millis(500));
    let collector = Collector::start_at(address, Transport::Grpc);
    closing.join().unwrap().unwrap();
    assert_eq!(collector.spans()[0].span.name, "late");
}

#[test]
fn what_the_backend_will_never_take_is_not_sent_again() {
    for (transport, protocol) in TRANSPORTS {
        let collector = Collector::start(transport);
        let refusal = Answer::Refuse(Code::InvalidArgument, StatusCode::BAD_REQUEST);
        collector.answer_traces(refusal);
        let pipeline = start(&collector.endpoint(), protocol, DEADLINE);
        tracer(&pipeline).start("work");
        let error = pipeline.close().unwrap_err();
        assert_eq!(error.count, 1);
        assert_eq!(collector.trace_requests(), 1, "{protocol}");
        assert!(error.reason.contains("status"), "{error}");
    }
}

#[test]
fn what_a_busy_backend_puts_off_is_sent_again() {
    for (transport, protocol) in TRANSPORTS {
        let collector = Collector::start(transport);
        let busy = Answer::Refuse(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE);
        collector.answer_traces(busy);
        let pipeline = start(&collector.endpoint(), protocol, DEADLINE);
        tracer(&pipeline).start("work");
        while collector.trace_requests() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        collector.answer_traces(Answer::Accept);
        collector.wait_for_spans(1, SOON);
        pipeline.close().unwrap();
    }
}

#[test]
fn a_backend_without_logs_gets_none_and_that_is_no_error() {
    for (transport, protocol) in TRANSPORTS {
        let collector = Collector::start(transport);
        collector.answer_logs(Answer::Refuse(Code::Unimplemented, StatusCode::NOT_FOUND));
        let pipeline = start(&collector.endpoint(), protocol, DEADLINE);
        log(&pipeline, "first");
        while collector.log_requests() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        log(&pipeline, "second");
        pipeline.close().unwrap();
        assert_eq!(collector.log_requests(), 1, "{protocol}");
    }
}

#[test]
fn with_no_exporter_spans_are_made_and_none_is_missed() {
    let settings =
        Settings::from_lookup(&|name| name.ends_with("_EXPORTER").then(|| "none".to_owned()));
    let resource = Resource::builder().build();
    let pipeline = Pipeline::start(&settings, resource, DEADLINE).unwrap();
    let cx = Context::new().with_span(tracer(&pipeline).start("work"));
    assert!(cx.span().span_context().is_sampled());
    drop(cx);
    assert!(pipeline.logger_provider().is_none());
    pipeline.close().unwrap();
}

#[test]
fn an_endpoint_that_is_no_url_is_named_with_its_variable() {
    for (_, protocol) in TRANSPORTS {
        let settings = Settings::from_lookup(&|name| match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://bad host".to_owned()),
            "OTEL_EXPORTER_OTLP_PROTOCOL" => Some(protocol.to_owned()),
            _ => None,
        });
        let resource = Resource::builder().build();
        let error = Pipeline::start(&settings, resource, DEADLINE).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("http://bad host"), "{text}");
        assert!(text.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{text}");
    }
}
