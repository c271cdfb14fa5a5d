//! `clew serve`: the backend.

use std::process::ExitCode;

use crate::error::CommandError;
use crate::runtime;

/// Start the backend: take traces, keep them, show them
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}

pub(crate) fn run(_options: Options) -> Result<ExitCode, CommandError> {
    runtime::block_on(async {
        Err(CommandError::user("the backend is not built yet").with_hint("come back soon"))
    })?
}
