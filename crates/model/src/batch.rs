//! The spans of one request, as they came.

use bytes::Bytes;

/// The spans of one request: the validated bytes, and where in them everything is.
#[derive(Debug, Clone)]
pub struct Batch {
    bytes: Bytes,
}

impl Batch {
    /// The request as it was sent, which is what a write-ahead log keeps.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}
