//! `clew demo` as a reader runs it: real processes on free ports, and what is left of them.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clew_testkit_server::{Collector, RunningProgram, Transport};
use tempfile::TempDir;

/// A whole demo takes some 20 s, of which it sleeps most; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(3);

/// A command of clew at work.
struct Clew {
    program: RunningProgram,
    /// Where it puts temporary folders.
    temporary: TempDir,
}

impl Clew {
    /// Starts the command, with ports that are free.
    fn start(arguments: &[&str]) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_clew"));
        command
            .args(arguments)
            .env("TMPDIR", temporary.path())
            // What the reader's shell says about telemetry is not the demo's business.
            .env("OTEL_SDK_DISABLED", "true")
            .env("OTEL_PROPAGATORS", "none")
            .stderr(Stdio::piped());
        Self {
            program: RunningProgram::start(&mut command, PATIENCE),
            temporary,
        }
    }

    /// The ten steps without waiting, on free ports.
    fn start_tour(more: &[&str]) -> Self {
        let mut arguments = vec!["demo", "--yes"];
        for flag in [
            "--bands-port",
            "--reviews-port",
            "--http-port",
            "--otlp-grpc-port",
            "--otlp-http-port",
        ] {
            if !more.contains(&flag) {
                arguments.extend([flag, "0"]);
            }
        }
        arguments.extend(more);
        Self::start(&arguments)
    }

    fn output(&self) -> String {
        self.program.output()
    }

    /// Waits until the output holds the text.
    fn wait_for(&self, text: &str) {
        self.program
            .wait_for_output(|output| output.contains(text).then_some(()));
    }

    /// Waits until the process has ended by itself.
    fn finish(&mut self) -> ExitStatus {
        self.program.wait()
    }

    /// The ports in the URLs that it has shown.
    fn ports(&self) -> Vec<u16> {
        let output = self.output();
        let urls = output.split("http://localhost:").skip(1);
        let mut ports: Vec<u16> = urls
            .filter_map(|rest| {
                let digits = rest.split(|char: char| !char.is_ascii_digit()).next()?;
                digits.parse().ok()
            })
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// How many temporary folders there are.
    fn folders(&self) -> usize {
        let folders = std::fs::read_dir(self.temporary.path());
        folders.expect("the folder of folders").count()
    }

    /// Nobody listens where the demo did, and its temporary folder is gone, at once or (if its
    /// processes were not waited for) soon.
    #[track_caller]
    fn assert_nothing_is_left(&self, patience: Duration) {
        let ports = self.ports();
        // bands-api, reviews-api, and the backend's two.
        assert!(ports.len() >= 4, "{ports:?} in:\n{}", self.output());
        let end = Instant::now() + patience;
        loop {
            let listening: Vec<&u16> = ports
                .iter()
                .filter(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, **port)).is_ok())
                .collect();
            let folders = self.folders();
            if listening.is_empty() && folders == 0 {
                return;
            }
            assert!(
                Instant::now() < end,
                "ports {listening:?} and {folders} folders are left"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A backend that gives every question the same answer; the port that it is asked at.
fn same_answer(body: &str) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.expect("a connection"), answer.clone());
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                // One request a read: the demo waits for each answer.
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(answer.as_bytes());
                }
            });
        }
    });
    port
}

/// A port that nobody listens on for as long as this is held.
///
/// A port that was bound and let go again is the next one that the system gives to a process which
/// asks for any, such as those of the tests beside this one. An outgoing connection keeps its port,
/// and whoever connects to it is refused.
struct ClosedPort {
    connection: TcpStream,
    _peer: TcpListener,
}

impl ClosedPort {
    fn new() -> Self {
        let peer = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = peer.local_addr().expect("an address");
        let connection = TcpStream::connect(address).expect("somebody listens");
        Self {
            connection,
            _peer: peer,
        }
    }

    fn number(&self) -> String {
        let address = self.connection.local_addr().expect("an address");
        address.port().to_string()
    }
}

fn count(text: &str, mark: &str) -> usize {
    text.lines()
        .filter(|line| line.trim_start().starts_with(mark))
        .count()
}

/// The part of the output that belongs to a step.
fn step(output: &str, number: usize) -> &str {
    let (_, after) = output
        .split_once(&format!("━━ {number}/10 "))
        .expect("the step");
    after.split("━━ ").next().unwrap_or(after)
}

#[test]
fn ten_steps_lead_to_a_trace_of_three_services() {
    let mut demo = Clew::start_tour(&["--exit"]);
    let status = demo.finish();
    let output = demo.output();
    assert!(status.success(), "{status}:\n{output}");
    assert!(!output.contains('\u{1b}'), "colours in a pipe");

    assert_eq!(count(&output, "✗"), 0, "{output}");
    let all_passed = format!("All {} checks passed.", count(&output, "✓"));
    assert!(output.contains(&all_passed), "{all_passed}:\n{output}");
    for number in 1..=10 {
        assert!(
            count(step(&output, number), "✓") > 0,
            "step {number}:\n{output}"
        );
    }

    assert!(!step(&output, 2).contains("/trace/"), "{output}");
    assert!(
        step(&output, 3).contains("+ let _telemetry = clew_telemetry::init("),
        "{output}"
    );
    assert!(
        step(&output, 3).contains("- OTEL_SDK_DISABLED=true"),
        "{output}"
    );
    assert!(
        step(&output, 4).contains("+ OTEL_PROPAGATORS=tracecontext,baggage"),
        "{output}"
    );
    assert!(step(&output, 5).contains("✓ one trace, with spans of client and bands-api\n"));
    for number in [7, 10] {
        let step = step(&output, number);
        let services = "✓ one trace, with spans of client, bands-api and reviews-api\n";
        assert!(step.contains(services), "{step}");
        assert!(
            step.contains("✓ the tracestate foo=bar is on every span\n"),
            "{step}"
        );
        assert_eq!(step.matches("tracestate: foo=bar\n").count(), 2, "{step}");
        let url = step
            .lines()
            .find(|line| line.contains("/trace/"))
            .expect("a URL");
        let id = url.rsplit('/').next().expect("an id");
        // The URL's, and the two that the services received; and in step 7 that of the command.
        let ids = if number == 7 { 4 } else { 3 };
        assert_eq!(step.matches(id).count(), ids, "{step}");
    }
    assert_log_lines(step(&output, 7));
    assert!(step(&output, 1).contains("answers, without a word of tracing\n"));
    assert!(step(&output, 3).contains("answers with a trace-id header\n"));
    assert!(
        step(&output, 4).contains("01 sampled, 02 random"),
        "{output}"
    );
    // Without a terminal there are 80 columns; and no line of code is broken in two.
    let is_command = |line: &&str| line.contains(" logs --trace ");
    let mut lines = output.lines().filter(|line| !is_command(line));
    let wide = lines.find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
    assert!(output.contains("+ let _telemetry = clew_telemetry::init(\"bands-api\", env!("));
    assert!(output.contains("…\n"), "{output}");
    assert!(step(&output, 8).contains("▶ points at these spans:\n"));
    assert!(step(&output, 8).contains("▶ bands-api"), "{output}");
    assert!(step(&output, 8).contains("▶ reviews-api"), "{output}");
    assert!(
        step(&output, 9).contains("-     debugging().await;"),
        "{output}"
    );
    assert!(step(&output, 10).contains("6 reviews, 6 uuids"), "{output}");

    demo.assert_nothing_is_left(Duration::ZERO);
}

/// The log records of the call are there in the order in which they were written, each with its
/// span.
#[track_caller]
fn assert_log_lines(step: &str) {
    let (_, shown) = step.split_once(" what it says ").expect("a table");
    let found: Vec<String> = shown
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| {
            // How long after the start, a number and its unit, is different every time.
            let words: Vec<&str> = line.split_whitespace().skip(2).collect();
            words.join(" ")
        })
        .collect();
    let expected = [
        "client INFO asking for a band get_band",
        "bands-api INFO asking for the reviews of a band get_reviews",
        "reviews-api INFO found the reviews of a band GET /reviews",
        "bands-api WARN reviews-api is slow get_reviews",
        "bands-api INFO found a band GET /bands/{id}",
        "client INFO got a band get_band",
    ];
    assert_eq!(found, expected, "{step}");
    assert!(step.contains(" logs --trace "), "{step}");
}

/// A trace that has nothing to do with the demo's, but spans of all its services.
const OTHER_TRACE: &str = r#"{"data": [{
    "traceID": "1",
    "spans": [
        {"traceID": "1", "spanID": "1", "operationName": "a", "startTime": 1, "duration": 1, "processID": "p1"},
        {"traceID": "1", "spanID": "2", "operationName": "b", "startTime": 1, "duration": 1, "processID": "p2"},
        {"traceID": "1", "spanID": "3", "operationName": "c", "startTime": 1, "duration": 1, "processID": "p3"}
    ],
    "processes": {
        "p1": {"serviceName": "client"},
        "p2": {"serviceName": "bands-api"},
        "p3": {"serviceName": "reviews-api"}
    }
}]}"#;

#[test]
fn a_backend_with_the_wrong_trace_fails_the_checks() {
    let collector = Collector::start(Transport::Grpc);
    let http = same_answer(OTHER_TRACE).to_string();
    let otlp = collector.address().port().to_string();
    let mut demo = Clew::start_tour(&["--exit", "--http-port", &http, "--otlp-grpc-port", &otlp]);
    let status = demo.finish();
    let output = demo.output();
    assert_eq!(status.code(), Some(1), "{output}");
    let (passed, failed) = (count(&output, "✓"), count(&output, "✗"));
    let score = format!("{failed} of {} checks failed.", passed + failed);
    assert!(output.contains(&score), "{score}:\n{output}");
    for (number, claim) in [
        (
            2,
            "✗ the backend has got no span of it from anybody: it has trace",
        ),
        (3, "✗ bands-api began a trace of its own"),
        (
            5,
            "✗ one trace, with spans of client and bands-api: its spans are of",
        ),
        (
            7,
            "✗ its 3 spans are one tree, and no parent is missing: it has 3 roots",
        ),
        (
            7,
            "✗ bands-api's first span is a child of one of client's: it has no parent",
        ),
        (7, "✗ the tracestate foo=bar is on every span"),
        (7, "This backend keeps traces and no log records"),
        (10, "✗ the call took"),
    ] {
        assert!(
            step(&output, number).contains(claim),
            "{claim:?} in:\n{output}"
        );
    }
    // The client and the services sent real spans all the same.
    assert!(
        collector
            .spans()
            .iter()
            .any(|span| span.service() == "client")
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_everything() {
    let mut demo = Clew::start_tour(&[]);
    // The client waits for an answer, which takes seconds.
    demo.wait_for("━━ 5/10 ");
    demo.program.interrupt();
    let status = demo.finish();
    assert_eq!(status.code(), Some(130), "{}", demo.output());
    demo.assert_nothing_is_left(Duration::ZERO);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_waits_for_nobody() {
    // Takes connections and never answers, so that the services wait with their spans.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let otlp = silent.local_addr().unwrap().port().to_string();
    let http = same_answer(r#"{"data": []}"#).to_string();
    let ports = [
        "--bands-port",
        "0",
        "--reviews-port",
        "0",
        "--http-port",
        &http,
        "--otlp-grpc-port",
        &otlp,
    ];
    let mut demo = Clew::start(&[&["demo", "up"], ports.as_slice()].concat());
    demo.wait_for("Ctrl-C stops them.");
    let output = demo.output();
    let (_, bands) = output.split_once("http://localhost:").expect("a URL");
    let bands: String = bands.chars().take_while(char::is_ascii_digit).collect();
    let mut call = TcpStream::connect(("localhost", bands.parse().unwrap())).unwrap();
    call.write_all(b"GET /bands/x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");

    demo.program.interrupt();
    demo.wait_for("Stopping everything");
    demo.program.interrupt();
    let status = demo.finish();
    // A single one ends what stays up with 0.
    assert_eq!(status.code(), Some(130), "{}", demo.output());
}

#[test]
fn nothing_outlives_a_demo_that_is_killed() {
    let mut demo = Clew::start_tour(&[]);
    demo.wait_for("━━ 5/10 ");
    demo.program.kill();
    assert!(!demo.finish().success());
    demo.assert_nothing_is_left(PATIENCE);
}

#[test]
fn the_services_stay_up_and_take_calls() {
    let backend = Clew::start(&[
        "serve",
        "--memory",
        "--http-port",
        "0",
        "--otlp-grpc-port",
        "0",
        "--otlp-http-port",
        "0",
    ]);
    backend.wait_for("ports: ");
    let output = backend.output();
    let port = |name: &str| {
        let (_, rest) = output.split_once(&format!(" {name}=")).expect("a port");
        rest.split_whitespace().next().expect("a number").to_owned()
    };
    let ports = [
        "--http-port",
        &port("http"),
        "--otlp-grpc-port",
        &port("otlp-grpc"),
    ];

    let services = [
        "demo",
        "up",
        "--fixed",
        "--bands-port",
        "0",
        "--reviews-port",
        "0",
    ];
    let services = Clew::start(&[services.as_slice(), &ports].concat());
    services.wait_for("Ctrl-C stops them.");
    // As it is printed, so it works.
    let shown = services.output();
    let arguments = call_command(&shown);
    let mut call = Clew::start(&arguments);
    let status = call.finish();
    let output = call.output();
    assert!(status.success(), "{output}");
    assert!(
        output.starts_with("{\n    \"uuid\": \"553be815-"),
        "{output}"
    );
    for service in ["client ", "bands-api ", "reviews-api "] {
        assert!(count(&output, service) > 0, "{service}in:\n{output}");
    }
    drop(services);
    let gone = Clew::start(&arguments).finish();
    assert_eq!(gone.code(), Some(1));
    backend.program.kill();
}

/// The arguments of the command that makes a call, as services that are up show it.
fn call_command(shown: &str) -> Vec<&str> {
    let command = shown.lines().find(|line| line.contains(" demo call "));
    let (_, flags) = command
        .and_then(|line| line.split_once(" demo call "))
        .expect("a command");
    ["demo", "call"]
        .into_iter()
        .chain(flags.split(' '))
        .collect()
}

#[test]
fn services_without_a_backend_say_so() {
    let (backend, collector) = (ClosedPort::new(), ClosedPort::new());
    let (http, otlp) = (backend.number(), collector.number());
    let services = [
        "demo",
        "up",
        "--bands-port",
        "0",
        "--reviews-port",
        "0",
        "--http-port",
        &http,
        "--otlp-grpc-port",
        &otlp,
    ];
    let services = Clew::start(&services);
    services.wait_for("Ctrl-C stops them.");
    let shown = services.output();
    let words: Vec<&str> = shown.split_whitespace().collect();
    let said = "No backend takes their spans there yet. clew serve in another terminal starts one";
    assert!(words.join(" ").contains(said), "{shown}");

    // A call would find the services, and its trace nowhere.
    let mut call = Clew::start(&call_command(&shown));
    assert_eq!(call.finish().code(), Some(1));
    let expected = format!("error: there is no backend at http://localhost:{http}: ");
    assert!(call.output().starts_with(&expected), "{}", call.output());
}

/// The error of a demo that cannot begin.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let mut demo = Clew::start_tour(&[&["--exit"], arguments].concat());
    let status = demo.finish();
    assert_eq!(status.code(), Some(1), "{}", demo.output());
    let output = demo.output();
    // A demo that cannot begin does not introduce itself first.
    let error = output
        .strip_prefix("error: ")
        .expect("nothing but an error");
    assert!(
        !error.contains("error: "),
        "an error within another: {error}"
    );
    error.to_owned()
}

#[test]
fn a_port_that_is_taken_is_named_with_its_flag() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (flag, service) in [
        ("--bands-port", "bands-api"),
        ("--reviews-port", "reviews-api"),
    ] {
        let error = refused(&[flag, &port]);
        let expected =
            format!("port {port}, which {service} needs, is taken: choose another one with {flag}");
        assert!(error.starts_with(&expected), "{error}");
    }
    for flag in ["--otlp-grpc-port", "--otlp-http-port"] {
        let error = refused(&[flag, &port]);
        let expected = format!(
            "port {port}, which the backend needs, is taken: choose another one with {flag}"
        );
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn a_data_directory_that_is_a_file_is_refused_before_the_first_step() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let error = refused(&["--data-dir", path]);
    let expected = format!("cannot keep traces in {path}: {path} is a file, not a directory\n");
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_call_to_nobody_names_its_own_flags() {
    let (bands, backend) = (ClosedPort::new(), ClosedPort::new());
    let (bands_port, backend_port) = (bands.number(), backend.number());
    let call = |arguments: &[&str]| {
        let mut call = Clew::start(&[&["demo", "call"], arguments].concat());
        assert_eq!(call.finish().code(), Some(1), "{}", call.output());
        call.output()
    };
    assert_eq!(
        call(&["--bands-port", &bands_port]),
        format!(
            "error: nobody answers on port {bands_port}, where bands-api should be: `clew demo up` \
             starts it, and --bands-port says where it is\n"
        )
    );
    let somebody = same_answer("{}").to_string();
    assert_eq!(
        call(&["--bands-port", &somebody, "--http-port", &backend_port]),
        format!(
            "error: there is no backend at http://localhost:{backend_port}: `clew serve` starts \
             one, and --http-port says where it is\n"
        )
    );
}

#[test]
fn what_is_no_backend_is_not_taken_for_one() {
    let page = same_answer("<html>").to_string();
    let error = refused(&["--http-port", &page]);
    let expected = format!("port {page} is taken by something that does not answer as a tracing");
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.contains("--http-port"), "{error}");

    let closed = ClosedPort::new();
    let without_otlp = same_answer(r#"{"data": []}"#).to_string();
    let error = refused(&[
        "--http-port",
        &without_otlp,
        "--otlp-grpc-port",
        &closed.number(),
    ]);
    let expected = format!(
        "nothing takes spans at port {}: --otlp-grpc-port says where",
        closed.number()
    );
    assert!(error.contains(&expected), "{error}");
}
