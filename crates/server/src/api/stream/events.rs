//! Answers that have no end of their own: server-sent events, as the
//! [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html) has them.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use clew_store::QueryContext;
use http::header::HeaderValue;
use serde::Serialize;
use tokio::sync::mpsc;

use super::{JsonWriter, Layout, Pieces, PiecesBody, response_of};
use crate::api::Failure;

/// Where events are written.
pub(in crate::api) struct EventWriter(Pieces);

/// Some events that are written one after the other, within the bounds of one query.
pub(in crate::api) struct Events(JsonWriter);

impl EventWriter {
    /// Events whose memory counts as this query's.
    pub(in crate::api) fn begin(&self, context: QueryContext) -> Events {
        Events(JsonWriter::new(context, self.0.clone(), Layout::Compact))
    }
}

impl Events {
    /// Writes an event. Its data is JSON, which has no line break of its own.
    pub(in crate::api) async fn event(
        &mut self,
        name: &str,
        data: &(impl Serialize + Sync + ?Sized),
    ) -> Result<(), Failure> {
        self.0.raw(&format!("event: {name}\ndata: "));
        self.0.value(data)?;
        self.0.raw("\n\n");
        self.0.flow().await
    }

    /// Writes what clients pass over.
    pub(in crate::api) fn comment(&mut self, text: &str) {
        self.0.raw(&format!(": {text}\n\n"));
    }

    /// Sends what was written; waits until the client has taken what was sent before.
    pub(in crate::api) async fn send(mut self) -> Result<(), Failure> {
        if self.0.buffer.is_empty() {
            return Ok(());
        }
        self.0.send(false).await
    }
}

/// Makes events with `make`, on a task of its own, until the client leaves or `ended` completes.
///
/// When `make` fails, the connection is cut, so that the client does not take it for the end.
pub(in crate::api) fn events<F>(
    make: impl FnOnce(EventWriter) -> F,
    ended: impl Future<Output = ()> + Send + 'static,
) -> Response
where
    F: Future<Output = Result<Infallible, Failure>> + Send + 'static,
{
    let (pieces, received) = mpsc::channel(1);
    let making = make(EventWriter(pieces.clone()));
    tokio::spawn(async move {
        let failure = tokio::select! {
            Err(failure) = making => failure,
            () = pieces.closed() => return,
            () = ended => return,
        };
        // Whoever has left does not hear why.
        let _ = pieces.send(Err(failure)).await;
    });
    let body = PiecesBody {
        first: None,
        received,
        held: None,
        _cancel: None,
    };
    let mut response = response_of("text/event-stream", Body::new(body));
    // nginx would keep events until it has a few kilobytes of them.
    let unbuffered = HeaderValue::from_static("no");
    let headers = response.headers_mut();
    headers.insert("x-accel-buffering", unbuffered);
    response
}
