//! Answers in JSON that are sent while they are made, so that none is ever whole in memory.

mod events;
mod indent;
#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use clew_store::{CancelOnDrop, Held, QueryContext, StoreError};
use http::header::{self, HeaderValue};
use http_body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::timeout;

use super::Failure;
pub(super) use events::{EventWriter, events};
use indent::Indent;

/// How long a client may take nothing of what it is sent: meanwhile it holds what is being answered.
const SEND_PATIENCE: Duration = Duration::from_secs(30);

/// How much is sent at once. A client that reads slowly holds three such pieces: one here, one on
/// its way, and one in the connection.
const PIECE_BYTES: usize = 64 << 10;

/// Whether an answer is laid out for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Compact,
    Pretty,
}

/// Where the pieces of an answer go.
type Pieces = mpsc::Sender<Result<Piece, Failure>>;

/// A piece of an answer, and the memory that it takes.
struct Piece {
    bytes: Bytes,
    memory: Held,
    is_last: bool,
}

/// Where an answer is written.
pub(super) struct JsonWriter {
    buffer: Vec<u8>,
    /// What the pieces take until they are sent.
    memory: Held,
    context: QueryContext,
    pieces: Pieces,
    indent: Option<Indent>,
}

impl JsonWriter {
    fn new(context: QueryContext, pieces: Pieces, layout: Layout) -> Self {
        Self {
            buffer: Vec::new(),
            memory: context.hold(),
            context,
            pieces,
            indent: (layout == Layout::Pretty).then(Indent::default),
        }
    }

    /// Writes JSON as it is.
    pub(super) fn raw(&mut self, json: &str) {
        self.buffer.extend_from_slice(json.as_bytes());
    }

    /// Writes a value. One that is longer than a piece takes its memory as it is written.
    pub(super) fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Failure> {
        let mut counted = Counted {
            buffer: &mut self.buffer,
            memory: &mut self.memory,
            refused: None,
        };
        let written = serde_json::to_writer(&mut counted, value);
        match counted.refused {
            Some(refused) => Err(refused.into()),
            None => Ok(written?),
        }
    }

    /// Sends what was written, if it is enough; waits until the client has taken what was sent
    /// before.
    pub(super) async fn flow(&mut self) -> Result<(), Failure> {
        if self.buffer.len() < PIECE_BYTES {
            return Ok(());
        }
        self.send(false).await
    }

    async fn send(&mut self, is_last: bool) -> Result<(), Failure> {
        let next = if is_last {
            Vec::new()
        } else {
            Vec::with_capacity(PIECE_BYTES)
        };
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        if let Some(indent) = &mut self.indent {
            bytes = indent.lay_out(&bytes);
        }
        self.memory.reach(bytes.len())?;
        let piece = Piece {
            bytes: bytes.into(),
            memory: std::mem::replace(&mut self.memory, self.context.hold()),
            is_last,
        };
        let piece = match self.pieces.try_send(Ok(piece)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(piece)) => piece,
            Err(TrySendError::Closed(_)) => return Err(Failure::Gone),
        };
        match timeout(SEND_PATIENCE, self.pieces.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Failure::Gone),
        }
    }
}

/// A buffer that counts what it takes beyond a piece.
struct Counted<'a> {
    buffer: &'a mut Vec<u8>,
    memory: &'a mut Held,
    refused: Option<StoreError>,
}

impl Counted<'_> {
    /// Takes the memory that a full buffer needs to hold so many bytes: it doubles.
    #[cold]
    fn grow(&mut self, len: usize) -> io::Result<()> {
        if len <= PIECE_BYTES {
            return Ok(());
        }
        self.memory.reach(2 * len).map_err(|refused| {
            self.refused = Some(refused);
            io::Error::other("the answer has no room")
        })
    }
}

impl io::Write for Counted<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    /// JSON comes in pieces of a few bytes.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let len = self.buffer.len() + bytes.len();
        if len > self.buffer.capacity() {
            self.grow(len)?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes an answer with `make`, on a task of its own, and sends it while it is made.
///
/// # Errors
/// What `make` says, if that is before anything was sent. Later, the connection is cut, so that the
/// client does not take a part for the whole.
pub(super) async fn answer<F>(
    context: QueryContext,
    layout: Layout,
    make: impl FnOnce(JsonWriter) -> F,
) -> Result<Response, Failure>
where
    F: Future<Output = Result<JsonWriter, Failure>> + Send + 'static,
{
    let (pieces, mut received) = mpsc::channel(1);
    let cancel = context.cancel_on_drop();
    let making = make(JsonWriter::new(context, pieces.clone(), layout));
    tokio::spawn(async move {
        let outcome = match making.await {
            Ok(mut writer) => writer.send(true).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = outcome {
            // Whoever has left does not hear why.
            let _ = pieces.send(Err(failure)).await;
        }
    });
    let first = received.recv().await.unwrap_or(Err(Failure::Gone))?;
    let body = if first.is_last {
        Body::from(first.bytes)
    } else {
        Body::new(PiecesBody {
            first: Some(first),
            received,
            held: None,
            _cancel: Some(cancel),
        })
    };
    Ok(json_response(body))
}

/// A response in JSON that no browser keeps, or runs as a page.
pub(super) fn json_response(body: Body) -> Response {
    response_of("application/json", body)
}

fn response_of(content_type: &'static str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        // The next span may change any answer.
        (header::CACHE_CONTROL, "no-store"),
        // Should a browser show the answer as a page, nothing in it may run (promise U1).
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, body).into_response()
}

/// The pieces of an answer as the body of a response. When it is dropped, so is what cancels the query,
/// where the answer is that of one.
struct PiecesBody {
    first: Option<Piece>,
    received: mpsc::Receiver<Result<Piece, Failure>>,
    /// The memory of the piece that the connection is sending.
    held: Option<Held>,
    _cancel: Option<CancelOnDrop>,
}

impl http_body::Body for PiecesBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let next = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => std::task::ready!(self.received.poll_recv(context)),
        };
        self.held = None;
        Poll::Ready(next.map(|next| match next {
            Ok(piece) => {
                self.held = Some(piece.memory);
                Ok(Frame::data(piece.bytes))
            }
            Err(failure) => {
                failure.report();
                tracing::debug!(%failure, "an answer ends early");
                Err(io::Error::other(failure))
            }
        }))
    }
}
