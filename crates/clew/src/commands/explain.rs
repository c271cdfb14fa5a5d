//! `clew explain`: what the headers of a request say, or what is wrong with them.

use std::process::ExitCode;

use anstream::print;
use clew_demo::explain::explain;

/// Take a traceparent apart, or show which byte of it is wrong.
///
/// Exits with 0 if the headers keep to W3C Trace Context Level 2, and with 1 if they do not.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The value of a traceparent header.
    ///
    /// For instance 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03. The header's name may
    /// come before it.
    traceparent: String,

    /// The value of the tracestate header that came with it, for instance foo=bar.
    tracestate: Option<String>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let explanation = explain(&options.traceparent, options.tracestate.as_deref());
    print!("{}", explanation.text);
    if explanation.is_valid {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
