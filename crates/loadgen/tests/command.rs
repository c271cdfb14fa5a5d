//! The command, as it is typed, against Clew over the reference store.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::net::SocketAddr;
use std::process::{Command, Output};

use clew_testkit_server::Backend;
use serde_json::Value;

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn loadgen(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_clew-loadgen");
    Command::new(program).args(arguments).output().unwrap()
}

/// The report of a run that went well.
fn report(arguments: &[&str]) -> Value {
    let output = loadgen(arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    assert_eq!(complaint, "", "progress is for terminals");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a run that failed says.
fn complaint(arguments: &[&str]) -> String {
    let output = loadgen(arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_sent_reported_and_asked_for() {
    let clew = Backend::start();
    let corpus = [
        "--spans",
        "3000",
        "--start-unix-nano",
        "1800000000000000000",
    ];
    let load = [
        "--json",
        "--connections",
        "2",
        "--endpoint",
        &url(clew.otlp_grpc()),
    ];
    let report = report(&[&load[..], &corpus].concat());
    assert!(report["acknowledged_spans"].as_u64() >= Some(3000));
    assert_eq!(report["rejected_spans"], 0);
    assert_eq!(report["connections"], 2);

    let query = ["query", "--times", "2", "--endpoint", &url(clew.http())];
    let output = loadgen(&[&query[..], &corpus].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert_eq!(text.lines().count(), 7, "{text}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_backends_process_is_watched() {
    let clew = Backend::start();
    let id = std::process::id().to_string();
    let report = report(&[
        "--json",
        "--protocol",
        "http/protobuf",
        "--endpoint",
        &url(clew.otlp_http()),
        "--spans",
        "1000",
        "--pid",
        &id,
    ]);
    assert!(report["process"]["memory_peak_bytes"].as_u64() > Some(0));
    assert!(report["process"]["spans_per_cpu_second"].as_f64() > Some(0.0));
}

#[test]
fn other_machines_are_spared() {
    let complaint = complaint(&["--endpoint", "http://192.0.2.1:4317"]);
    assert!(complaint.contains("--allow-remote"), "{complaint}");
}

#[test]
fn a_backend_that_is_not_there_is_told_in_one_line() {
    let complaint = complaint(&[
        "--endpoint",
        "http://127.0.0.1:9",
        "--protocol",
        "http/protobuf",
    ]);
    assert!(
        complaint.starts_with("error: nothing answers at http://127.0.0.1:9/"),
        "{complaint}"
    );
    assert_eq!(complaint.lines().count(), 1);
}
