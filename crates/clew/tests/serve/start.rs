//! Starting, stopping, and what is said when it cannot start.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::{ClewProcess, http_client};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::support::{CLEW, export, fail_to_start, span_count, start};

#[tokio::test]
async fn it_says_where_everything_is() {
    let data_dir = TempDir::new().unwrap();
    let clew = start(&data_dir);

    let [grpc, http, ui] = [clew.otlp_grpc(), clew.otlp_http(), clew.http()].map(|it| it.port());
    let expected = format!(
        "Clew is ready.\n\n  \
           Traces          http://localhost:{ui}\n  \
           OTLP over gRPC  http://localhost:{grpc}\n  \
           OTLP over HTTP  http://localhost:{http}\n  \
           Data            {}\n\n\
         Ctrl-C stops it.\n\
         ports: otlp-grpc={grpc} otlp-http={http} http={ui}\n",
        data_dir.path().display()
    );
    assert_eq!(clew.banner(), expected);
    let ready = http_client().get(format!("http://localhost:{ui}/readyz"));
    assert_eq!(ready.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_restart_keeps_the_traces() {
    let data_dir = TempDir::new().unwrap();
    let client = http_client();
    for number in 1..=3 {
        let clew = start(&data_dir);
        let request = request_of(&[span(&service("cart"), number, 1)]);
        assert!(export(&client, &clew, "/v1/traces", request).await);
        for earlier in 1..=number {
            assert_eq!(span_count(&client, &clew, trace_id(earlier)).await, 1);
        }
        assert!(clew.terminate().success());
    }
}

#[tokio::test]
async fn memory_keeps_nothing() {
    let client = http_client();
    let clew = ClewProcess::start(CLEW, &["--memory"]);
    assert!(clew.banner().contains("in memory, gone when this ends"));
    let request = request_of(&[span(&service("cart"), 1, 1)]);
    assert!(export(&client, &clew, "/v1/traces", request).await);
    assert_eq!(span_count(&client, &clew, trace_id(1)).await, 1);
    assert!(clew.terminate().success());

    let clew = ClewProcess::start(CLEW, &["--memory"]);
    assert_eq!(span_count(&client, &clew, trace_id(1)).await, 0);
}

#[test]
fn what_cannot_be_listened_on_is_named() {
    for (arguments, expected) in [
        (
            &["--memory", "--http-port=24000", "--otlp-http-port=24000"][..],
            "error: --otlp-http-port and --http-port are both 24000",
        ),
        (
            &["--memory", "--listen=localhost"],
            "error: invalid value 'localhost' for '--listen <ADDRESS>': it is no IP address",
        ),
    ] {
        let arguments: Vec<_> = ["serve"].iter().chain(arguments).collect();
        let output = Command::new(CLEW).args(arguments).output().unwrap();
        assert!(!output.status.success());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with(expected), "{stderr}");
    }
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();

    let output = fail_to_start(&["--memory", &format!("--http-port={port}")]);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "error: port {port} on 127.0.0.1 (the UI and the query API) is taken by another \
             program\nhint: is Clew or Jaeger running already? Stop it, or choose another port \
             with --http-port (0 picks a free one)\n"
        )
    );
    assert!(output.stdout.is_empty(), "it is not ready");
}

#[test]
fn a_data_directory_belongs_to_one_process() {
    let data_dir = TempDir::new().unwrap();
    let clew = start(&data_dir);
    let path = data_dir.path().to_str().unwrap();

    let output = fail_to_start(&["--http-port=0", "--data-dir", path]);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "error: cannot open the traces in {path}: the data directory {path} is in use by \
             process {}\nhint: stop that process, or choose another place with --data-dir\n",
            clew.id()
        )
    );
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let output = fail_to_start(&["--http-port=0", "--memory", "--listen=192.0.2.1"]);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: this machine has no address 192.0.2.1\n\
         hint: --listen takes an address of this machine, or 0.0.0.0 for all\n"
    );
}

#[test]
fn a_file_is_no_data_directory() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("traces");
    std::fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();

    for data_dir in [file.to_owned(), format!("{file}/below")] {
        let output = fail_to_start(&["--http-port=0", "--data-dir", &data_dir]);

        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            format!(
                "error: cannot keep traces in {data_dir}: {file} is a file, not a directory\n\
                 hint: choose another place with --data-dir, or keep nothing with --memory\n"
            )
        );
    }
}

#[test]
fn a_misspelt_log_level_is_an_error() {
    let output = Command::new(CLEW)
        .args(["serve", "--memory", "--http-port=0"])
        .env("CLEW_LOG", "loud")
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: CLEW_LOG=loud does not say what to log\n\
         hint: it is off, error, warn, info, debug or trace, or pairs such as \
         warn,clew_server=debug\n"
    );
}

#[test]
fn who_listens_to_the_network_is_told_that_there_is_no_password() {
    let open = ClewProcess::start(CLEW, &["--memory", "--listen=0.0.0.0"]);
    let warning = "warning: there is no password: anyone on the network can read and write\n";
    assert!(open.banner().contains(warning), "{}", open.banner());

    let closed = ClewProcess::start(CLEW, &["--memory"]);
    assert!(!closed.banner().contains("warning"), "{}", closed.banner());
}

#[tokio::test]
async fn silent_connections_keep_no_page_waiting_and_no_stop() {
    let data_dir = TempDir::new().unwrap();
    let clew = start(&data_dir);
    // More than one endpoint takes, and less than the test's own process may have open.
    let maximum = raise_open_files();
    let count = (maximum - 200).min(4096);
    let mut silent = Vec::new();
    for _ in 0..count {
        silent.push(tokio::net::TcpStream::connect(clew.http()).await.unwrap());
    }

    let begin = Instant::now();
    let ready = http_client().get(format!("http://{}/readyz", clew.http()));
    assert_eq!(ready.send().await.unwrap().status(), 200);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );

    assert!(clew.terminate().success());
    drop(silent);
}

/// Lets this process open as many files as it may, and says how many.
fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.unwrap_or(8192).min(8192);
    let raised = Rlimit {
        current: Some(maximum),
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("a process may raise its own limit");
    maximum
}
