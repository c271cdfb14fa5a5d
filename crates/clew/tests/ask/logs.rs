//! `clew logs`, as a shell sees it: what comes out, and the exit code.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use clew_model::{KeyValue, LogRecord, SeverityLevel, Timestamp};
use clew_testkit::{log_record, logs_request_of, service, span, span_id, trace_id};
use clew_testkit_server::{Backend, RunningProgram, http_client};
use serde_json::Value as Json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::{self, clew, command};

/// How long each wait may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// Exit code, standard output and standard error.
fn logs(server: SocketAddr, arguments: &[&str]) -> (Option<i32>, String, String) {
    clew(server, &[&["logs"], arguments].concat())
}

fn follow(server: SocketAddr, arguments: &[&str]) -> RunningProgram {
    let mut command = command(server, &[&["logs", "--follow"], arguments].concat());
    RunningProgram::start(command.stderr(Stdio::piped()), PATIENCE)
}

fn wait_for(program: &RunningProgram, text: &str) {
    program.wait_for_output(|output| output.contains(text).then_some(()));
}

async fn export(backend: &Backend, records: &[LogRecord]) {
    let request = http_client()
        .post(format!("http://{}/v1/logs", backend.otlp_http()))
        .header("content-type", "application/x-protobuf")
        .body(logs_request_of(records));
    let answer = request.send().await.expect("the server answers");
    assert_eq!(answer.status(), 200);
}

/// A shop where a payment fails.
async fn shop() -> Backend {
    let backend = Backend::start_with_logs();
    let (web, pay) = (service("web"), service("pay"));
    let refused = LogRecord {
        trace_id: Some(trace_id(7 << 120)),
        span_id: Some(span_id(8)),
        severity: SeverityLevel::Error.least(),
        attributes: vec![KeyValue::new("card.id", 5_i64)],
        ..log_record(&pay, "the card is refused", 3)
    };
    let records = [
        log_record(&web, "GET /cart", 0),
        refused,
        log_record(&web, "two\nlines \u{1b}[2J", 1),
    ];
    export(&backend, &records).await;
    backend
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_are_printed_at_the_end() {
    let backend = shop().await;
    let (code, stdout, stderr) = logs(backend.http(), &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let expected = "\
        2023-03-30T10:33:58.000Z  INFO   web  GET /cart\n\
        2023-03-30T10:33:59.000Z  INFO   web  two␊lines ␛[2J\n\
        2023-03-30T10:34:01.000Z  ERROR  pay  the card is refused  card.id=5  \
        trace 07000000000000000000000000000000\n";
    assert_eq!(stdout, expected);
    let last = logs(backend.http(), &["-n", "1"]).1;
    assert_eq!(
        last.lines().collect::<Vec<_>>(),
        [expected.lines().last().unwrap()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_are_asked_for() {
    let backend = shop().await;
    let id = format!("{}", trace_id(7 << 120));
    for (arguments, expected) in [
        (&["--service", "web"][..], 2),
        (&["--severity", "WARN"], 1),
        (&["--trace", &id], 1),
        (&["CARD"], 1),
        (&["a&b=c"], 0),
        (&["refused", "--service", "web"], 0),
    ] {
        let (code, stdout, stderr) = logs(backend.http(), arguments);
        assert_eq!(code, Some(0), "{stderr}");
        assert_eq!(stdout.lines().count(), expected, "{arguments:?}: {stdout}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_is_not_there_is_told_from_one_without_a_match() {
    let backend = Backend::start_with_logs();
    let said = LogRecord {
        trace_id: Some(trace_id(0xab)),
        ..log_record(&service("web"), "here", 0)
    };
    export(&backend, &[said]).await;
    support::export(&backend, &[span(&service("web"), 0xcd, 1)]).await;
    let whole = trace_id(0xef).to_string();
    let no_trace = &*support::not_found("ef");
    for (arguments, code, expected) in [
        (&["--trace", "ef"][..], 1, no_trace),
        (&["--trace", "EF", "--severity", "error"], 1, no_trace),
        (
            &["--trace", "ab", "--severity", "fatal"],
            0,
            "no log record matches\n",
        ),
        (&["--trace", "cd"], 0, "no log record matches\n"),
        (&["--trace", &whole], 0, "no log record matches\n"),
    ] {
        let (exit, out, error) = logs(backend.http(), arguments);
        assert!(error.ends_with(expected), "{arguments:?}: {error}");
        assert_eq!((exit, &*out), (Some(code), ""), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_an_object_of_json() {
    let backend = shop().await;
    let (code, stdout, stderr) = logs(backend.http(), &["--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let objects: Vec<Json> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(objects.len(), 3);
    assert_eq!(objects[1]["body"], "two\nlines \u{1b}[2J");
    let last = &objects[2];
    assert_eq!(last["time"], "2023-03-30T10:34:01.000000000Z");
    assert_eq!(last["severity"], "error");
    assert_eq!(last["service"], "pay");
    assert_eq!(last["attributes"]["card.id"], 5);
    assert_eq!(last["traceId"], trace_id(7 << 120).to_string());
    assert_eq!(last["resource"]["service.name"], "pay");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_follows_until_ctrl_c() {
    let backend = shop().await;
    let mut program = follow(backend.http(), &["-n", "1", "--service", "pay"]);
    wait_for(&program, "the card is refused");
    let (web, pay) = (service("web"), service("pay"));
    let records = [
        log_record(&web, "not asked", 4),
        log_record(&pay, "paid", 5),
    ];
    export(&backend, &records).await;
    wait_for(&program, "paid");
    program.interrupt();
    assert!(!program.wait().success());
    let output = program.output();
    assert_eq!(output.lines().count(), 2, "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_is_left_out_if_nobody_asks_for_it() {
    let backend = shop().await;
    let web = service("web");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = u64::try_from(now.expect("it is after 1970").as_nanos()).expect("it is before 2500");
    let recent = LogRecord {
        time: Timestamp::from_unix_nanos(now),
        ..log_record(&web, "of late", 0)
    };
    export(&backend, &[recent]).await;
    let (code, out, _) = logs(backend.http(), &["--since", "15m"]);
    assert_eq!((code, out.lines().count()), (Some(0), 1), "{out}");
    assert!(out.contains("of late"), "{out}");
    let nothing = (Some(0), String::new(), String::new());
    assert_eq!(logs(backend.http(), &["-n", "0"]), nothing);

    let program = follow(backend.http(), &["--since", "15m"]);
    wait_for(&program, "of late");
    assert!(!program.output().contains("refused"));

    let cable = Cable::lay("127.0.0.1:0".parse().unwrap(), backend.http()).await;
    let address = cable.address;
    let mut program = follow(address, &["-n", "0"]);
    let mut number = 4;
    // Until it listens, nothing is new to it.
    while !program.output().contains("new") && number < 400 {
        export(&backend, &[log_record(&web, "new", number)]).await;
        number += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    cable.cut().await;
    wait_for(&program, "trying again until it works");
    let _cable = Cable::lay(address, backend.http()).await;
    wait_for(&program, "again\n");
    program.interrupt();
    assert!(!program.wait().success());
    let output = program.output();
    for old in ["GET /cart", "the card is refused", "of late"] {
        assert!(!output.contains(old), "{output}");
    }
}

/// Lets connections to a backend through, until they are cut.
struct Cable {
    address: SocketAddr,
    carrying: JoinHandle<()>,
}

impl Cable {
    async fn lay(address: SocketAddr, backend: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let address = listener.local_addr().expect("it has one");
        let carrying = tokio::spawn(async move {
            let mut ends = tokio::task::JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                ends.spawn(async move {
                    let mut server = TcpStream::connect(backend).await?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Self { address, carrying }
    }

    async fn cut(self) {
        self.carrying.abort();
        let _ = self.carrying.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_made_anew() {
    let backend = shop().await;
    let cable = Cable::lay("127.0.0.1:0".parse().unwrap(), backend.http()).await;
    let address = cable.address;
    let program = follow(address, &[]);
    wait_for(&program, "the card is refused");
    cable.cut().await;
    wait_for(&program, "trying again until it works");
    let web = service("web");
    export(&backend, &[log_record(&web, "meanwhile", 4)]).await;
    let _cable = Cable::lay(address, backend.http()).await;
    wait_for(&program, "meanwhile");
    export(&backend, &[log_record(&web, "afterwards", 5)]).await;
    wait_for(&program, "afterwards");
    let output = program.output();
    assert!(output.contains(&format!("connected to http://{address} again")));
    for text in ["GET /cart", "the card is refused", "meanwhile"] {
        assert_eq!(output.matches(text).count(), 1, "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_ends_it_quietly() {
    let backend = shop().await;
    let mut child = command(backend.http(), &["logs", "--follow"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut pipe = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    pipe.read_line(&mut line).expect("a line");
    drop(pipe);
    let web = service("web");
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output());
    let mut number = 4;
    while !ended.is_finished() && number < 400 {
        export(&backend, &[log_record(&web, "one more", number)]).await;
        number += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    let output = ended.expect("it ends").unwrap().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    let backend = Backend::start_with_logs();
    let without_logs = Backend::start();
    for arguments in [&[][..], &["--follow"]] {
        for (server, expected, hint) in [
            (
                nobody,
                "nothing listens at http",
                "start it with `clew serve`",
            ),
            (
                backend.otlp_http(),
                "does not answer as Clew does",
                "say with --server where Clew shows its pages",
            ),
            (
                without_logs.http(),
                "keeps no log records",
                "one with a store for spans alone",
            ),
        ] {
            let (code, stdout, stderr) = logs(server, arguments);
            assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
            assert!(stderr.starts_with("error: "), "{stderr}");
            assert!(stderr.contains(expected), "{stderr}");
            assert!(stderr.contains("hint: "), "{stderr}");
            assert!(stderr.contains(hint), "{stderr}");
        }
    }
}

/// A page of the API ends where it has become long.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_are_shown_as_were_asked_for_however_long_they_are() {
    let backend = Backend::start_with_logs();
    for number in 0..12 {
        let text = format!("{number:02}{}", "x".repeat(1 << 20));
        export(&backend, &[log_record(&service("web"), &text, number)]).await;
    }
    let (code, out, error) = logs(backend.http(), &["-n", "11"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 11, "{error}");
    let is_there = |(line, number): (&&str, u32)| line.contains(&format!("  {number:02}x"));
    assert!(lines.iter().zip(1..).all(is_there), "out of order");
    assert_eq!(code, Some(0));
}
