//! `clew store`: looks after a data directory that no backend has open.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::println;
use clew_store_local::{Checked, OpenError, SalvageError, Salvaged};

use super::serve;
use crate::error::{CommandError, harmless, with_sources};
use crate::runtime;

/// Check the traces on the disk, or save what can be read of damaged ones.
///
/// The backend checks what it reads, and answers without what is damaged. These commands read
/// everything; stop the backend before.
#[derive(Debug, clap::Args)]
#[command(after_help = super::examples(&[
    ("clew store verify", "check the default data directory"),
    ("clew store verify DIR", "check this one"),
    ("clew store salvage DIR NEW_DIR", "copy what can be read of it"),
]))]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read every file of a data directory, and name what is damaged, with file and byte.
    ///
    /// Changes nothing. Exits with 0 if all is as it was written, and with 1 if not.
    Verify {
        /// The data directory [default: $XDG_DATA_HOME/clew, else ~/.local/share/clew].
        dir: Option<PathBuf>,
    },
    /// Copy all spans and log records that can be read to a new data directory, and say what is lost.
    ///
    /// The old one stays as it is. To the new one the spans arrive now, as far as --retention counts.
    /// Exits with 0 when the new one is written, whatever is lost, and with 1 if it could not be.
    Salvage {
        /// The damaged data directory.
        dir: PathBuf,
        /// The new one; there must be nothing in it.
        new_dir: PathBuf,
    },
}

pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    match options.command {
        Command::Verify { dir } => {
            let dir = match dir {
                Some(dir) => dir,
                None => serve::default_data_dir()
                    .ok_or_else(|| CommandError::user("there is no HOME: which directory?"))?,
            };
            verify(&dir)
        }
        Command::Salvage { dir, new_dir } => salvage(&dir, &new_dir),
    }
}

fn verify(dir: &Path) -> Result<ExitCode, CommandError> {
    let checked = clew_store_local::verify(dir).map_err(|error| cannot("check", dir, &error))?;
    let Checked {
        segments,
        spans,
        log_records,
        problems,
        remarks,
        ..
    } = &checked;
    for problem in problems {
        println!("damaged: {}", harmless(problem));
    }
    for remark in remarks {
        println!("note: {}", harmless(remark));
    }
    let segments = counted(*segments as u64, "segment");
    let (sealed, logged) = (counted(spans.sealed, "span"), spans.logged);
    println!(
        "{} whole: {sealed} in {segments}, {logged} in the log alone",
        if problems.is_empty() {
            "All is"
        } else {
            "This is"
        }
    );
    if log_records.sealed + log_records.logged > 0 {
        let sealed = counted(log_records.sealed, "log record");
        println!(
            "And {sealed} in them, {} in the log alone",
            log_records.logged
        );
    }
    for (rows, what) in [(spans, "span"), (log_records, "log record")] {
        if rows.doubtful > 0 {
            let doubtful = are(rows.doubtful, what);
            println!("{doubtful} in segments that are damaged");
        }
    }
    if problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let dir = dir.display();
    println!("To save what can be read: clew store salvage {dir} NEW_DIR");
    Ok(ExitCode::FAILURE)
}

fn salvage(dir: &Path, new_dir: &Path) -> Result<ExitCode, CommandError> {
    let salvaged = runtime::block_on(clew_store_local::salvage(dir, new_dir))?;
    let Salvaged {
        spans,
        log_records,
        is_log_damaged,
        problems,
        ..
    } = salvaged.map_err(|error| match error {
        SalvageError::Open(error) => cannot("save", dir, &error),
        error @ (SalvageError::NotEmpty(_) | SalvageError::Within(_)) => {
            CommandError::user(error.to_string())
                .with_hint("name a directory elsewhere that is not there yet")
        }
        error => CommandError::user(with_sources(&error)).with_hint("is the disk full?"),
    })?;
    for problem in &problems {
        println!("damaged: {}", harmless(problem));
    }
    let new_dir = new_dir.display();
    println!("{} in {new_dir}", are(spans.saved, "span"));
    if log_records.saved > 0 {
        println!("{} in {new_dir}", are(log_records.saved, "log record"));
    }
    for (rows, what) in [(spans, "span"), (log_records, "log record")] {
        if rows.lost > 0 {
            println!(
                "{} lost, of segments that are damaged",
                are(rows.lost, what)
            );
        }
    }
    if is_log_damaged {
        println!(
            "What was in the damaged parts of the log is lost; how much that was is not known"
        );
    }
    if problems.is_empty() {
        println!("Nothing is lost");
    }
    println!("To go on with them: clew serve --data-dir {new_dir}");
    Ok(ExitCode::SUCCESS)
}

/// Such as `1 span is` and `2 spans are`.
fn are(count: u64, what: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(count, what))
}

fn counted(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

fn cannot(action: &str, dir: &Path, error: &OpenError) -> CommandError {
    let (dir, why) = (dir.display(), with_sources(error));
    let problem = CommandError::user(format!("cannot {action} the traces in {dir}: {why}"));
    match error {
        OpenError::InUse { .. } => problem.with_hint("stop that process first"),
        OpenError::NoStore { .. } => {
            problem.with_hint("the directory is the one that `clew serve` names as it starts")
        }
        _ => problem,
    }
}
