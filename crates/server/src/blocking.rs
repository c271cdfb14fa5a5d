//! Work that would keep others waiting, apart from the threads that serve everyone.

/// Does the work on a thread for such work. It goes on to its end even if nobody waits for it any
/// more, so what it uses up must be accounted for by itself.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // The task is never cancelled, so it panicked, and so does this one.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
