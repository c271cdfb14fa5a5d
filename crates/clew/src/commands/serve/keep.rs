//! How long, and how much: the bounds of what is kept, on the command line.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytesize::ByteSize;

use crate::commands::length_of_time;

/// Less makes no sense for traces, which take minutes to look at.
const RETENTION_MIN: Duration = Duration::from_mins(10);

/// The log and the newest spans take up to about half of it.
const DISK_MIN: u64 = 256 << 20;

/// One head fills while another is sealed, and a large request takes 64 MiB.
const MEMORY_MIN: u64 = 256 << 20;

/// What traces may take on their way, and answers, if nobody says otherwise. Under the usual load they
/// take about 200 MB.
pub(super) const BUDGET_DEFAULT: usize = 1 << 30;

/// What a store in memory may take if nobody says otherwise.
pub(super) const MEMORY_DEFAULT: u64 = 1 << 30;

/// A length of time, such as `7d` or `36h`.
pub(super) fn retention(text: &str) -> Result<Duration, String> {
    let duration = length_of_time(text)?;
    if duration < RETENTION_MIN {
        return Err("traces are kept for ten minutes at the least".to_owned());
    }
    Ok(duration)
}

/// How much of the disk, such as `20GiB` or `500MB`.
pub(super) fn disk(text: &str) -> Result<u64, String> {
    let size = size(text)?;
    if size < DISK_MIN {
        return Err(
            "256MiB is the least, for the log and the newest spans (write sizes like 20GiB)"
                .to_owned(),
        );
    }
    Ok(size)
}

/// How much memory, likewise.
pub(super) fn memory(text: &str) -> Result<usize, String> {
    let size = size(text)?;
    if size < MEMORY_MIN {
        return Err("256MiB is the least: a single request may take a quarter of it".to_owned());
    }
    usize::try_from(size).map_err(|_| format!("{text} is more than there can be"))
}

fn size(text: &str) -> Result<u64, String> {
    let size: ByteSize = text
        .parse()
        .map_err(|_| format!("{text} is no size; write it like 20GiB or 500MB"))?;
    Ok(size.as_u64())
}
