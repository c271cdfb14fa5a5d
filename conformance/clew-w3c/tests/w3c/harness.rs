//! Starts the service, calls it over a socket, and listens where it is told to call.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long the service may take for anything; it takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The trace that requests come with.
pub(crate) const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// The span that requests come from.
pub(crate) const PARENT_ID: &str = "b7ad6b7169203331";

/// A valid header line of that trace, not sampled.
pub(crate) const TRACEPARENT: &str =
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// A running `clew-w3c`, stopped on drop.
pub(crate) struct Service {
    process: Child,
    address: SocketAddr,
    /// Kept open, so that the service can go on writing.
    _stdout: BufReader<ChildStdout>,
}

impl Service {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_clew-w3c"))
            .args(["--port", "0"])
            .envs([
                ("OTEL_TRACES_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "none"),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let address = read_address(&mut stdout);
        Self {
            process,
            address,
            _stdout: stdout,
        }
    }

    /// Sends a request with these header lines that asks for one call, and returns that call.
    pub(crate) fn call(&self, lines: &[&str]) -> Call {
        let mut calls = self.calls(lines, 1);
        calls.remove(0)
    }

    /// Sends a request with these header lines that asks for `count` calls, and returns them in
    /// the order in which they came.
    pub(crate) fn calls(&self, lines: &[&str], count: usize) -> Vec<Call> {
        let (address, calls) = listen(count);
        let action = format!(r#"{{"url": "http://{address}/", "arguments": []}}"#);
        let status = self.post(lines, &format!("[{}]", vec![action; count].join(",")));
        assert_eq!(status, "HTTP/1.1 200 OK", "for {lines:?}");
        let next_call = || {
            calls
                .recv_timeout(TIMEOUT)
                .expect("the service makes every call")
        };
        (0..count)
            .map(|_| Call::read(&next_call(), lines))
            .collect()
    }

    /// Posts `body` with these header lines, waits for the answer and returns its status line.
    fn post(&self, lines: &[&str], body: &str) -> String {
        let own_lines = [
            "POST /test HTTP/1.1",
            &format!("host: {}", self.address),
            "content-type: application/json",
            "connection: close",
            &format!("content-length: {}", body.len()),
        ];
        let head = [&own_lines, lines].concat().join("\r\n");
        let mut stream = connect(self.address);
        write!(stream, "{head}\r\n\r\n{body}").expect("the service takes the request");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the service answers in time");
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // If it has stopped already, there is nothing left to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The trace context of a call that the service made.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) trace_id: String,
    pub(crate) parent_id: String,
    pub(crate) flags: u8,
    /// Empty if none was sent.
    pub(crate) tracestate: String,
}

impl Call {
    /// Reads the head of the call that came of a request with header lines `cause`; it must have
    /// one valid `traceparent`, and a `tracestate` only if that says something.
    fn read(head: &str, cause: &[&str]) -> Self {
        let traceparents = values(head, "traceparent");
        let [traceparent] = traceparents[..] else {
            panic!("for {cause:?} came {traceparents:?}: exactly one is needed");
        };
        let [trace_id, parent_id, flags] = fields(traceparent)
            .unwrap_or_else(|| panic!("for {cause:?} came an invalid {traceparent:?}"));
        let tracestates = values(head, "tracestate");
        assert!(
            !tracestates.contains(&""),
            "for {cause:?} came an empty tracestate"
        );
        Self {
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
            flags: u8::from_str_radix(flags, 16).expect("they are digits"),
            tracestate: tracestates.join(","),
        }
    }
}

/// For each request: the service goes on with its trace, in a span of its own.
pub(crate) fn check_continued(requests: &[&[&str]]) {
    let service = Service::start();
    for lines in requests {
        let call = service.call(lines);
        assert_eq!(call.trace_id, TRACE_ID, "for {lines:?}");
        assert_ne!(call.parent_id, PARENT_ID, "for {lines:?}");
    }
}

/// For each request: the service starts a trace of its own. Its id is drawn at random, which the
/// flag must say, and nothing is left of a `tracestate`.
pub(crate) fn check_restarted(requests: &[&[&str]]) {
    let service = Service::start();
    let mut trace_ids = HashSet::from([TRACE_ID.to_owned()]);
    for lines in requests {
        let call = service.call(lines);
        assert_eq!(call.flags & 0x02, 0x02, "the random flag for {lines:?}");
        assert_eq!(call.tracestate, "", "for {lines:?}");
        assert!(
            trace_ids.insert(call.trace_id),
            "a known trace for {lines:?}"
        );
    }
}

/// For each set of header lines beside a valid `traceparent`: the service goes on with the trace
/// and sends this `tracestate`, its lines joined by commas; an empty one stands for none.
pub(crate) fn check_tracestate(requests: &[(&[&str], &str)]) {
    let service = Service::start();
    for (lines, expected) in requests {
        let call = service.call(&[&[TRACEPARENT], *lines].concat());
        assert_eq!(call.trace_id, TRACE_ID, "for {lines:?}");
        assert_eq!(call.tracestate, *expected, "for {lines:?}");
    }
}

/// Waits for the line in which the service says where it listens.
fn read_address(stdout: &mut impl BufRead) -> SocketAddr {
    let mut output = String::new();
    while stdout
        .read_line(&mut output)
        .expect("the service writes text")
        > 0
    {
        let line = output.lines().last().unwrap_or_default();
        let url = line.strip_prefix("clew-w3c: listening on http://localhost:");
        if let Some(port) = url.and_then(|url| url.strip_suffix("/test")) {
            return (Ipv4Addr::LOCALHOST, port.parse().expect("a port")).into();
        }
    }
    panic!("the service stopped without saying where it listens: {output}");
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT).expect("the service listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("not zero");
    stream
}

/// Listens for `count` calls; their heads come out of the receiver.
fn listen(count: usize) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().take(count) {
            let head = take_call(stream.expect("a connection"));
            if sender.send(head).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

/// Reads a call, answers it and returns its head.
fn take_call(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(TIMEOUT)).expect("not zero");
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = reader.read_line(&mut head).expect("a head in time");
        assert!(read > 0, "a call ends within its head: {head}");
    }
    let mut body = vec![
        0;
        values(&head, "content-length")[0]
            .parse()
            .expect("a length")
    ];
    reader.read_exact(&mut body).expect("a body in time");
    assert_eq!(body, b"[]", "the arguments of the call");
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnull")
        .expect("the service takes the answer");
    head
}

/// The values of all lines with this header, in their order.
fn values<'a>(head: &'a str, header: &str) -> Vec<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case(header))
        .map(|(_, value)| value.trim())
        .collect()
}

/// The fields of a valid `traceparent` of version 00: `trace-id`, `parent-id` and `trace-flags`.
fn fields(traceparent: &str) -> Option<[&str; 3]> {
    let parts: Vec<_> = traceparent.split('-').collect();
    let ["00", trace_id, parent_id, flags] = parts[..] else {
        return None;
    };
    let is_id = |id: &str, len| is_hex(id, len) && id.contains(|digit| digit != '0');
    (is_id(trace_id, 32) && is_id(parent_id, 16) && is_hex(flags, 2))
        .then_some([trace_id, parent_id, flags])
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
