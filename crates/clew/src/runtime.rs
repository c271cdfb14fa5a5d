//! The one tokio runtime of a command.

use crate::error::CommandError;

/// Runs the future on all cores until it is done.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let output = runtime.block_on(future);
    // What still runs on threads of its own, such as reading a store back in, is not waited for.
    runtime.shutdown_background();
    Ok(output)
}
