//! The one tokio runtime of a command.

use crate::error::CommandError;

/// Runs the future on all cores until it is done.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(future))
}
