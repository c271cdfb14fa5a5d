use super::*;

fn settings(variables: &[(&str, &str)]) -> Settings {
    Settings::from_lookup(&|name| {
        let found = variables.iter().find(|(key, _)| *key == name)?;
        Some(found.1.to_owned())
    })
}

#[test]
fn without_variables_all_is_sent_over_grpc_to_this_machine() {
    let settings = settings(&[]);
    let backend = Destination {
        protocol: Protocol::Grpc,
        endpoint: "http://localhost:4317".to_owned(),
        variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    };
    assert_eq!(
        settings,
        Settings {
            disabled: false,
            propagators: vec![Propagator::TraceContext, Propagator::Baggage],
            traces: Some(backend.clone()),
            logs: Some(backend),
            log_filter: None,
            sdk_log_level: None,
            log_format: LogFormat::Human,
            warnings: Vec::new(),
        }
    );
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let names = [
        "OTEL_SDK_DISABLED",
        "OTEL_PROPAGATORS",
        "OTEL_TRACES_EXPORTER",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_LOG_LEVEL",
        "RUST_LOG",
        "CLEW_LOG_FORMAT",
    ];
    let empty: Vec<_> = names.into_iter().map(|name| (name, "")).collect();
    assert_eq!(settings(&empty), settings(&[]));
}

#[test]
fn the_sdk_is_disabled_by_true_alone() {
    assert!(settings(&[("OTEL_SDK_DISABLED", "true")]).disabled);
    assert!(settings(&[("OTEL_SDK_DISABLED", "TRUE")]).disabled);
    assert!(!settings(&[("OTEL_SDK_DISABLED", "false")]).disabled);

    let unclear = settings(&[("OTEL_SDK_DISABLED", "1")]);
    assert!(!unclear.disabled);
    assert_eq!(
        unclear.warnings,
        [r#"OTEL_SDK_DISABLED: "1" is not known here (known: true, false), so it is ignored"#]
    );
}

#[test]
fn propagators_are_a_list() {
    let of = |list| settings(&[("OTEL_PROPAGATORS", list)]).propagators;
    assert_eq!(of("tracecontext"), [Propagator::TraceContext]);
    assert_eq!(of("baggage"), [Propagator::Baggage]);
    assert_eq!(of("none"), []);
    assert_eq!(
        of("baggage, tracecontext,baggage"),
        [Propagator::Baggage, Propagator::TraceContext]
    );
}

#[test]
fn an_unknown_propagator_is_warned_of_once_and_left_out() {
    let settings = settings(&[("OTEL_PROPAGATORS", "tracecontext,b3")]);
    assert_eq!(settings.propagators, [Propagator::TraceContext]);
    assert_eq!(
        settings.warnings,
        [
            "OTEL_PROPAGATORS: \"b3\" is not known here (known: tracecontext, baggage, none), \
          so it is ignored"
        ]
    );
}

#[test]
fn each_signal_has_its_exporter() {
    let settings = settings(&[("OTEL_TRACES_EXPORTER", "none")]);
    assert_eq!(settings.traces, None);
    assert!(settings.logs.is_some());
}

#[test]
fn an_unknown_exporter_leaves_the_default() {
    let settings = settings(&[("OTEL_LOGS_EXPORTER", "console")]);
    assert!(settings.logs.is_some());
    assert_eq!(settings.warnings.len(), 1);
}

#[test]
fn what_is_said_of_one_signal_goes_before_what_is_said_of_all() {
    let settings = settings(&[
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318/otlp/"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:4317"),
    ]);
    let traces = settings.traces.unwrap();
    let logs = settings.logs.unwrap();
    assert_eq!(traces.to_string(), "http://all:4318/otlp/ over HTTP");
    assert_eq!(logs.to_string(), "http://logs:4317 over gRPC");
    assert_eq!(logs.variable, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");
    assert!(!traces.is_same_place(&logs));
}

#[test]
fn over_http_an_endpoint_for_all_is_a_base_and_one_for_traces_is_whole() {
    let http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    let url = |variable, value| {
        let traces = settings(&[http, (variable, value)]).traces.unwrap();
        traces.url(Signal::Traces)
    };
    assert_eq!(url("UNSET", ""), "http://localhost:4318/v1/traces");
    assert_eq!(
        url("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1/otlp/"),
        "http://a:1/otlp/v1/traces"
    );
    assert_eq!(
        url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a:1/spans"),
        "http://a:1/spans"
    );
}

#[test]
fn a_protocol_that_is_not_spoken_is_warned_of() {
    let settings = settings(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]);
    assert_eq!(settings.traces.unwrap().protocol, Protocol::Grpc);
    assert_eq!(settings.warnings.len(), 1, "{:?}", settings.warnings);
}

#[test]
fn what_the_application_logs_is_a_level_or_directives() {
    let filter = |value| settings(&[("RUST_LOG", value)]).log_filter;
    assert_eq!(filter("WARN"), Some(LogFilter::Level("warn")));
    assert_eq!(filter("off"), Some(LogFilter::Level("off")));
    for directives in ["info,bands_api=debug", "bands_api"] {
        let expected = LogFilter::Directives(directives.to_owned());
        assert_eq!(filter(directives), Some(expected));
    }

    let unclear = settings(&[("RUST_LOG", "bands_api=loud")]);
    assert_eq!(unclear.log_filter, None);
    assert_eq!(
        unclear.warnings,
        [
            "RUST_LOG: \"bands_api=loud\" is not known here (known: off, error, warn, info, \
             debug, trace, or target=level,…), so it is ignored"
        ]
    );
}

/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>: “Log level
/// used by the SDK internal logger”.
#[test]
fn the_log_level_of_the_sdk_is_no_level_of_the_application() {
    let of = |value| settings(&[("OTEL_LOG_LEVEL", value)]);
    assert_eq!(of("DEBUG").sdk_log_level, Some("debug"));
    assert_eq!(of("DEBUG").log_filter, None);
    assert_eq!(of("none").sdk_log_level, Some("off"));

    let unclear = of("info,bands_api=debug");
    assert_eq!((unclear.sdk_log_level, unclear.log_filter), (None, None));
    assert_eq!(
        unclear.warnings,
        [
            "OTEL_LOG_LEVEL: \"info,bands_api=debug\" is not known here (known: none, off, error, \
             warn, info, debug, trace), so it is ignored"
        ]
    );
}
