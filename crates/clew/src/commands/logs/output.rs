//! Where log records are printed.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::AutoStream;
use clew_terminal::{Palette, terminal_width};

use super::super::backend::BackendError;
use super::line::line;
use super::record::Record;

/// How log records are printed.
#[derive(Debug)]
pub(super) enum Form {
    /// Each as an object.
    Json,
    /// For a reader whose lines have so many cells; `None` where nobody knows, as in a pipe.
    Lines { cells: Option<usize> },
}

impl Form {
    /// For the reader that there is.
    pub(super) fn lines() -> Self {
        let cells = io::stdout().is_terminal().then(terminal_width);
        Self::Lines { cells }
    }
}

/// Standard output, without colours where they do not belong.
pub(super) struct Output {
    form: Form,
    palette: Palette,
    stdout: AutoStream<io::Stdout>,
}

impl Output {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            palette: Palette::default(),
            stdout: anstream::stdout(),
        }
    }

    /// Prints a log record on a line of its own.
    pub(super) fn print(&mut self, record: &Record) -> Result<(), BackendError> {
        let written = match self.form {
            Form::Json => record
                .to_json()
                .map_err(io::Error::from)
                .and_then(|json| writeln!(self.stdout, "{json}")),
            Form::Lines { cells } => {
                writeln!(self.stdout, "{}", line(record, &mut self.palette, cells))
            }
        };
        written.map_err(BackendError::Output)
    }
}
