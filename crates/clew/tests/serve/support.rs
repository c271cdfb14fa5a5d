//! The built binary, and ways to call it.

use std::process::{Command, Output};

use bytes::Bytes;
use clew_model::TraceId;
use clew_testkit_server::ClewProcess;
use tempfile::TempDir;

pub(crate) const CLEW: &str = env!("CARGO_BIN_EXE_clew");

/// A backend that keeps its traces in this directory.
pub(crate) fn start(data_dir: &TempDir) -> ClewProcess {
    let data_dir = data_dir.path().to_str().expect("the path is text");
    ClewProcess::start(CLEW, &["--data-dir", data_dir])
}

/// What `clew serve` says and ends with when it cannot start.
pub(crate) fn fail_to_start(arguments: &[&str]) -> Output {
    Command::new(CLEW)
        .arg("serve")
        .args(["--otlp-grpc-port=0", "--otlp-http-port=0"])
        .args(arguments)
        .output()
        .expect("the binary can be started")
}

/// Sends a request to `/v1/traces` or `/v1/logs` as an exporter does; whether it was acknowledged.
pub(crate) async fn export(
    client: &reqwest::Client,
    clew: &ClewProcess,
    path: &str,
    request: Bytes,
) -> bool {
    let url = format!("http://{}{path}", clew.otlp_http());
    let request = client
        .post(url)
        .header("content-type", "application/x-protobuf")
        .body(request);
    match request.send().await {
        Ok(answer) => {
            assert_eq!(answer.status(), 200);
            true
        }
        Err(_) => false,
    }
}

/// How many spans there are of this trace.
pub(crate) async fn span_count(client: &reqwest::Client, clew: &ClewProcess, id: TraceId) -> usize {
    let url = format!("http://{}/api/traces/{id}", clew.http());
    let answer = client.get(url).send().await.expect("it answers");
    if answer.status() == 404 {
        return 0;
    }
    let json: serde_json::Value = answer.json().await.expect("the answer is JSON");
    let spans = json["data"][0]["spans"].as_array();
    spans.expect("a trace has spans").len()
}
