//! Work that would keep others waiting, apart from the threads that serve everyone.

use tokio::runtime::Handle;

/// Does the work on a thread for such work. It goes on to its end even if nobody waits for it any
/// more, so what it uses up must be accounted for by itself.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // The task is never cancelled, so it panicked, and so does this one.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Does the same with what is asynchronous and takes long between two awaits.
pub(crate) async fn blocking_async<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let runtime = Handle::current();
    blocking(move || runtime.block_on(work)).await
}
