use super::*;

fn failure(text: &str) -> Failure {
    Failure::of(&OTelSdkError::InternalFailure(text.to_owned()))
}

#[test]
fn a_connection_that_fails_is_told_from_an_answer() {
    let refused = "TonicTracesClient export failed with gRPC code: Unavailable: \
                   transport error: tcp connect error: Connection refused (os error 111)";
    assert_eq!(
        failure(refused),
        Failure::Connection("Connection refused (os error 111)".to_owned())
    );
    assert_eq!(
        failure("HTTP export failed: network error"),
        Failure::Connection("network error".to_owned())
    );
    assert_eq!(
        failure("TonicLogsClient export failed with gRPC code: Unavailable"),
        Failure::Grpc("Unavailable".to_owned())
    );
    assert_eq!(
        failure("HTTP export failed with status code: 503"),
        Failure::Http("503".to_owned())
    );
}

#[test]
fn what_may_be_tried_again_is_what_the_specification_lists() {
    let traces = |failure: Failure| failure.verdict(Signal::Traces);
    let grpc = |code: &str| traces(Failure::Grpc(code.to_owned()));
    let http = |status: &str| traces(Failure::Http(status.to_owned()));
    for code in [
        "Cancelled",
        "DeadlineExceeded",
        "Aborted",
        "OutOfRange",
        "Unavailable",
        "DataLoss",
    ] {
        assert_eq!(grpc(code), Verdict::Temporary, "{code}");
    }
    for code in [
        "InvalidArgument",
        "PermissionDenied",
        "Unauthenticated",
        "Internal",
        "Unimplemented",
    ] {
        assert_eq!(grpc(code), Verdict::Permanent, "{code}");
    }
    for status in ["429", "502", "503", "504"] {
        assert_eq!(http(status), Verdict::Temporary, "{status}");
    }
    for status in ["400", "401", "404", "413", "500"] {
        assert_eq!(http(status), Verdict::Permanent, "{status}");
    }
    assert_eq!(
        traces(Failure::Connection(String::new())),
        Verdict::Temporary
    );
    assert_eq!(traces(Failure::Exporter(String::new())), Verdict::Permanent);
}

#[test]
fn a_backend_without_logs_is_no_failure() {
    for failure in [
        Failure::Grpc("Unimplemented".to_owned()),
        Failure::Http("404".to_owned()),
    ] {
        assert_eq!(failure.verdict(Signal::Logs), Verdict::Unsupported);
    }
}
