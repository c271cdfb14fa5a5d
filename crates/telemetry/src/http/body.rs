//! The body of an answer, whose end is the end of the request's span.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use http_body::{Body, Frame, SizeHint};

use super::server::OpenSpan;

pin_project_lite::pin_project! {
    /// A response body that keeps the span of its request open until it is sent or dropped.
    #[derive(Debug)]
    pub struct TracedBody<B> {
        #[pin]
        body: B,
        // None once the body is sent, or for a body that belongs to no span.
        span: Option<OpenSpan>,
    }
}

impl<B> TracedBody<B> {
    pub(crate) fn new(body: B, span: Option<OpenSpan>) -> Self {
        Self { body, span }
    }
}

impl<B: Body> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        // What a streaming body does belongs to the span, too.
        let attached = this.span.as_ref().map(OpenSpan::attach);
        let polled = this.body.poll_frame(task);
        drop(attached);
        match &polled {
            Poll::Ready(Some(Err(_))) => {
                if let Some(span) = this.span.take() {
                    span.end_with_error(std::any::type_name::<B::Error>());
                }
            }
            Poll::Ready(None) => *this.span = None,
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
