use super::{Endpoint, EndpointError, Protocol, Reach};

#[test]
fn this_machine_is_in_reach_by_any_of_its_names() {
    for text in [
        "http://127.0.0.1:4317",
        "http://127.3.2.1",
        "http://[::1]:4317",
        "http://localhost:4318/v1/traces",
    ] {
        assert!(Endpoint::parse(text, Reach::Loopback).is_ok(), "{text}");
    }
}

#[test]
fn other_machines_are_in_reach_only_if_asked_for() {
    for text in [
        "http://10.0.0.1:4317",
        "http://example.com",
        "http://localhost.example.com",
        "http://[2001:db8::1]",
        "http://0.0.0.0:4317",
    ] {
        let refused = Endpoint::parse(text, Reach::Loopback);
        assert!(matches!(refused, Err(EndpointError::Remote(_))), "{text}");
        assert!(Endpoint::parse(text, Reach::Anywhere).is_ok(), "{text}");
    }
}

#[test]
fn what_is_no_plain_http_is_refused() {
    let parse = |text| Endpoint::parse(text, Reach::Anywhere);
    assert!(matches!(
        parse("127.0.0.1:4317"),
        Err(EndpointError::NotAUrl { .. })
    ));
    assert!(matches!(
        parse("localhost:4317"),
        Err(EndpointError::NotHttp(_))
    ));
    assert!(matches!(
        parse("https://localhost"),
        Err(EndpointError::NotHttp(_))
    ));
}

#[test]
fn the_path_of_otlp_is_added_where_there_is_none() {
    let traces_url = |text| {
        Endpoint::parse(text, Reach::Loopback)
            .unwrap()
            .url_of(crate::Signal::Traces)
            .to_string()
    };
    assert_eq!(
        traces_url("http://localhost:4318"),
        "http://localhost:4318/v1/traces"
    );
    assert_eq!(
        traces_url("http://localhost:4318/otlp"),
        "http://localhost:4318/otlp"
    );
}

#[test]
fn protocols_have_the_names_of_the_specification() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        assert_eq!(protocol.to_string().parse::<Protocol>().unwrap(), protocol);
        assert!(Endpoint::parse(protocol.default_endpoint(), Reach::Loopback).is_ok());
    }
    let error = "http/json".parse::<Protocol>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`http/json` is neither grpc nor http/protobuf"
    );
}
