//! What a process takes of the machine, as Linux tells it in `/proc`
//! (<https://man7.org/linux/man-pages/man5/proc.5.html>).

#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use watch::MemoryWatch;

/// The unit of CPU times in `/proc`, `USER_HZ`: the same on every architecture of Linux that Rust
/// runs on.
const TICKS_PER_SECOND: u64 = 100;

/// A process of this machine.
#[derive(Debug, Clone)]
pub struct WatchedProcess {
    folder: PathBuf,
}

/// What a process has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bytes of it that are in memory now (`VmRSS`).
    pub resident: u64,
    /// Those of them that are no part of a file (`RssAnon`).
    pub anonymous: u64,
    /// The most bytes that ever were in memory (`VmHWM`).
    pub peak: u64,
}

impl WatchedProcess {
    /// The process of this id.
    ///
    /// # Errors
    /// If there is none, or `/proc` is missing, as it is on anything but Linux.
    pub fn of(id: u32) -> io::Result<Self> {
        let process = Self {
            folder: PathBuf::from(format!("/proc/{id}")),
        };
        process.cpu_time()?;
        Ok(process)
    }

    /// The time that all its threads have computed since it started, in and out of the kernel, to
    /// a hundredth of a second.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        let stat = std::fs::read_to_string(self.folder.join("stat"))?;
        cpu_time(&stat).ok_or_else(|| unknown("stat"))
    }

    /// The memory that it takes.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn memory(&self) -> io::Result<Memory> {
        let status = std::fs::read_to_string(self.folder.join("status"))?;
        memory(&status).ok_or_else(|| unknown("status"))
    }
}

fn unknown(file: &str) -> io::Error {
    let message = format!("/proc/…/{file} is not as Linux writes it");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Fields 14 and 15. The second one is a name that may hold anything, in parentheses.
fn cpu_time(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * 1000 / TICKS_PER_SECOND,
    ))
}

fn memory(status: &str) -> Option<Memory> {
    let bytes = |name: &str| -> Option<u64> {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kilobytes: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes * 1024)
    };
    Some(Memory {
        resident: bytes("VmRSS:")?,
        anonymous: bytes("RssAnon:")?,
        peak: bytes("VmHWM:")?,
    })
}
