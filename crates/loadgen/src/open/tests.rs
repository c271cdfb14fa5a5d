//! Servers of a line of shell.

use std::ffi::OsString;

use super::{OpeningError, open};
use crate::{Endpoint, Reach};

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text, Reach::Loopback).unwrap()
}

fn shell(script: &str) -> Vec<OsString> {
    ["sh", "-c", script].map(OsString::from).to_vec()
}

/// Something that answers, or not, in place of the server: here only its life is the shell's.
async fn answering(status: u16) -> Endpoint {
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(async move || status);
    tokio::spawn(async { axum::serve(listener, router).await });
    endpoint(&format!("http://{address}/readyz"))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_is_measured_and_stopped() {
    let folder = std::env::temp_dir().join(format!("clew-loadgen-{}", std::process::id()));
    let stopped = folder.display();
    let script = format!("trap 'touch {stopped}; exit' TERM; while true; do sleep 0.05; done");
    let opening = open(&shell(&script), &answering(200).await).await.unwrap();
    assert!(opening.memory.resident > 0);
    std::fs::remove_file(folder).expect("the server was asked to stop");
}

#[tokio::test]
async fn a_server_that_ends_is_told() {
    let error = open(&shell("exit 3"), &answering(503).await)
        .await
        .unwrap_err();
    assert!(matches!(error, OpeningError::Ended { .. }), "{error}");
    assert!(error.to_string().contains("exit status: 3"), "{error}");
}

#[tokio::test]
async fn a_command_that_is_not_there_is_named() {
    let nowhere = endpoint("http://127.0.0.1:9");
    let error = open(&["no-such-server".into()], &nowhere)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no-such-server cannot be started"),
        "{error}"
    );
    let error = open(&[], &nowhere).await.unwrap_err();
    assert!(matches!(error, OpeningError::NoCommand));
}
