//! A listener that shows a caller's request as it came over the wire.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

#[cfg(test)]
mod tests;

/// The caller is on this machine and about to call.
const DEADLINE: Duration = Duration::from_secs(10);
/// The request is one of ours, with a handful of headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// There is nothing here but a mirror; the caller has to live with it.
const ANSWER: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Waits for one request.
#[derive(Debug)]
pub(crate) struct Mirror {
    listener: TcpListener,
}

/// The beginning of a request: its first line and its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestHead {
    lines: Vec<String>,
}

impl RequestHead {
    /// The value of the header, if the request has it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Mirror {
    pub(crate) async fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self { listener })
    }

    /// Where it is to be called.
    pub(crate) fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}", self.listener.local_addr()?))
    }

    /// The head of the first request that comes. It is answered that there is no service here.
    pub(crate) async fn request(self) -> io::Result<RequestHead> {
        timeout(DEADLINE, async {
            let (mut stream, _) = self.listener.accept().await?;
            let head = read_head(&mut stream).await?;
            stream.write_all(ANSWER).await?;
            Ok(head)
        })
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

async fn read_head(stream: &mut TcpStream) -> io::Result<RequestHead> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(END_OF_HEAD) {
        if bytes.len() == HEAD_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        bytes.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(RequestHead {
        lines: text.trim_end().lines().map(str::to_owned).collect(),
    })
}
