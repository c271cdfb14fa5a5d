//! What can go wrong in a store, named for what the caller can do about it.

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room for more at the moment; the same call may succeed in a while.
    #[error("the store cannot take more just now: {reason}")]
    TryLater {
        /// What is short, such as disk space.
        reason: String,
    },
    /// The question is too large; a smaller one may be answered.
    #[error("{what}")]
    LimitExceeded {
        /// Which limit.
        what: String,
    },
    /// The time for the question is over; a smaller one may be answered in time.
    #[error("the query has taken too long")]
    Deadline,
    /// Nobody waits for the answer any more.
    #[error("the query was cancelled")]
    Cancelled,
    /// This store does not answer such questions.
    #[error("this store cannot {what}")]
    Unsupported {
        /// What it was asked to do.
        what: String,
    },
    /// What is stored cannot be read as it was written: which file, and where, is in the log.
    #[error("what is stored is damaged: {what}")]
    Corrupt {
        /// What is wrong with it.
        what: String,
    },
}
