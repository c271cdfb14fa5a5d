//! A command that asks a backend, and the spans that the backend has.

use std::net::SocketAddr;
use std::process::Command;

use clew_model::Span;
use clew_testkit::request_of;
use clew_testkit_server::{Backend, http_client};

/// `clew` with these arguments, of which the first is the command.
pub(crate) fn command(server: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clew"));
    command
        .args(arguments)
        .arg(format!("--server=http://{server}"));
    command
}

/// Exit code, standard output and standard error of that.
pub(crate) fn clew(server: SocketAddr, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = command(server, arguments).output();
    let output = output.expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Sends the spans, and waits until the backend has them.
pub(crate) async fn export(backend: &Backend, spans: &[Span]) {
    let request = http_client()
        .post(format!("http://{}/v1/traces", backend.otlp_http()))
        .header("content-type", "application/x-protobuf")
        .body(request_of(spans));
    let answer = request.send().await.expect("the server answers");
    assert_eq!(answer.status(), 200);
}

/// What a command says, in the end, of a trace that is not there and of which so few digits were typed.
pub(crate) fn not_found(digits: &str) -> String {
    let count = digits.len();
    format!("trace {digits:0>32} not found; a trace id has 32 digits, {digits} has {count}\n")
}
