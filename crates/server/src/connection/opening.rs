//! The first bytes of a connection, which say what is spoken on it.
//!
//! hyper's own detection reads them without a time-out.

use std::io::{self, Cursor};
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutWriter;

/// What every HTTP/2 connection begins with (RFC 9113, section 3.4), and no HTTP/1.1 request.
const HTTP2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Reads until it is clear what is spoken; `None` if the client leaves before it said a word. The
/// bytes that were read are to be [put back](put_back).
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Option<(Protocol, Bytes)>> {
    let mut start = Vec::with_capacity(HTTP2_PREFACE.len());
    loop {
        let rest = HTTP2_PREFACE.len() - start.len();
        let read = stream.take(rest as u64).read_buf(&mut start).await?;
        let protocol = if start == HTTP2_PREFACE {
            Protocol::Http2
        } else if read > 0 && HTTP2_PREFACE.starts_with(&start) {
            continue;
        } else if start.is_empty() {
            return Ok(None);
        } else {
            Protocol::Http1
        };
        return Ok(Some((protocol, start.into())));
    }
}

/// The connection as it was before its start was read. A write that gets nowhere for so long is an
/// error, so that whoever does not read an answer does not hold it for ever.
pub(super) fn put_back(
    start: Bytes,
    stream: TcpStream,
    write_timeout: Duration,
) -> impl AsyncRead + AsyncWrite + Unpin {
    let (rest, writer) = stream.into_split();
    let mut writer = TimeoutWriter::new(writer);
    writer.set_timeout(Some(write_timeout));
    tokio::io::join(Cursor::new(start).chain(rest), Box::pin(writer))
}
