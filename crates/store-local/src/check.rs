//! Checks a data directory, without changing it: every file, up to its last byte.

mod read_only;
mod salvage;
mod segment;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use clew_model::{Batch, LogBatch};

use crate::batch::SignalBatch;
use crate::disk::{Disk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, describe, io_error};
use crate::lock::DirLock;
use crate::manifest::{MANIFEST_NAME, Manifest, ManifestFile};
use crate::seal::{SEGMENTS_DIR, WAL_DIR, dir_of, file_number};
use crate::wal::{Log, Record, ReplayedGroup, Signal};
use read_only::ReadOnly;

pub use salvage::{SalvageError, Salvaged, SalvagedRows, salvage};

/// What is in a data directory.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Checked {
    /// How many segments are whole.
    pub segments: usize,
    /// The spans.
    pub spans: CheckedRows,
    /// The log records.
    pub log_records: CheckedRows,
    /// What is wrong: which file, where in it, and what. Empty if all is as it was written.
    pub problems: Vec<String>,
    /// What is not as it might be.
    pub remarks: Vec<String>,
}

/// How many spans, or log records, there are.
#[derive(Debug, Default, Clone, Copy)]
#[non_exhaustive]
pub struct CheckedRows {
    /// How many are in segments that are whole.
    pub sealed: u64,
    /// How many are in segments that are not whole, as far as that is known: many of them may be read
    /// all the same.
    pub doubtful: u64,
    /// How many are in the log alone.
    pub logged: u64,
}

impl Checked {
    fn of(&mut self, signal: Signal) -> &mut CheckedRows {
        match signal {
            Signal::Traces => &mut self.spans,
            Signal::Logs => &mut self.log_records,
        }
    }

    fn note<T, E: Into<OpenError>>(&mut self, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.push(match error.into() {
                    OpenError::Disk(error) => describe(&error),
                    other => other.to_string(),
                });
                None
            }
        }
    }
}

/// Reads all files of a data directory that no process has open, and says what is wrong with them.
///
/// # Errors
/// If there is no such directory, or another process has it open.
pub fn verify(dir: &Path) -> Result<Checked, OpenError> {
    find_store(dir)?;
    let _lock = DirLock::acquire(dir)?;
    Ok(verify_on(&(Arc::new(OsDisk) as _), dir))
}

/// Checks that the directory is one of traces, before anything is made in it.
fn find_store(dir: &Path) -> Result<(), OpenError> {
    let names = OsDisk.list(dir).map_err(io_error("open", dir))?;
    if names
        .iter()
        .any(|name| [WAL_DIR, SEGMENTS_DIR, MANIFEST_NAME].contains(&&**name))
    {
        return Ok(());
    }
    Err(OpenError::NoStore {
        dir: dir.to_owned(),
    })
}

fn verify_on(disk: &Arc<dyn Disk>, dir: &Path) -> Checked {
    let disk: Arc<dyn Disk> = Arc::new(ReadOnly::new(Arc::clone(disk)));
    let mut checked = Checked::default();
    let mut manifests = Vec::new();
    for signal in SIGNALS {
        let manifest = read_manifest(&disk, dir, signal);
        let manifest = checked.note(manifest);
        check_segments(
            &disk,
            &dir_of(dir, signal),
            signal,
            manifest.as_ref(),
            &mut checked,
        );
        manifests.push((signal, manifest));
    }
    check_log(&disk, dir, &manifests, &mut checked);
    checked
}

const SIGNALS: [Signal; 2] = [Signal::Traces, Signal::Logs];

/// The manifest; an error if it is missing where there must have been one, since there are segments,
/// and no log that has all of their spans.
fn read_manifest(
    disk: &Arc<dyn Disk>,
    data_dir: &Path,
    signal: Signal,
) -> Result<Manifest, OpenError> {
    let dir = dir_of(data_dir, signal);
    let file = ManifestFile::new(Arc::clone(disk), &dir);
    if let Some(manifest) = file.read()? {
        return Ok(manifest);
    }
    let segments = disk.list(&dir.join(SEGMENTS_DIR)).unwrap_or_default();
    let has_segments = segments.iter().any(|name| file_number(name).is_some());
    let log = Log::find(Arc::clone(disk), &data_dir.join(WAL_DIR));
    let is_whole = log.as_ref().is_ok_and(Log::has_first_group);
    if has_segments && !is_whole {
        return Err(corrupt(&file.path(), 0, "it is missing, and there are segments").into());
    }
    let mut manifest = Manifest::default();
    if let (Signal::Logs, Ok(log)) = (signal, log) {
        // Of log records there may have been none before the first group that is left.
        manifest.sealed_group = log.first().0.saturating_sub(1);
    }
    Ok(manifest)
}

/// Those that the manifest names; all that there are, if it cannot be read.
fn check_segments(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    signal: Signal,
    manifest: Option<&Manifest>,
    checked: &mut Checked,
) {
    let dir = dir.join(SEGMENTS_DIR);
    let names = disk.list(&dir).unwrap_or_default();
    let mut found: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
    found.sort_unstable();
    let Some(manifest) = manifest else {
        for number in found {
            let rows = segment::check(disk, &segment::path(&dir, number), None);
            note_segment(signal, rows, 0, checked);
        }
        return;
    };
    for entry in &manifest.segments {
        let path = segment::path(&dir, entry.number);
        let rows = segment::check(disk, &path, Some(entry));
        note_segment(signal, rows, entry.rows, checked);
    }
    let is_whole = manifest
        .segments
        .iter()
        .all(|entry| found.contains(&entry.number));
    let what = if is_whole {
        "is part of no store; the next start removes it"
    } else {
        "is not in the manifest, which may be an older one: it names segments that are missing. \
         `clew store salvage` reads both"
    };
    found.retain(|number| !manifest.segments.iter().any(|it| it.number == *number));
    for number in found {
        let path = segment::path(&dir, number);
        checked.remarks.push(format!("{} {what}", path.display()));
    }
}

/// Notes the rows of a segment, which has so many by the manifest.
fn note_segment(signal: Signal, found: Result<u64, DiskError>, rows: u32, checked: &mut Checked) {
    match checked.note(found) {
        Some(found) => {
            checked.segments += 1;
            checked.of(signal).sealed += found;
        }
        None => checked.of(signal).doubtful += u64::from(rows),
    }
}

fn check_log(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    manifests: &[(Signal, Option<Manifest>)],
    checked: &mut Checked,
) {
    let Some(log) = checked.note(Log::find(Arc::clone(disk), &dir.join(WAL_DIR))) else {
        return;
    };
    let read = log.check(|group| {
        for (signal, rows) in rows_of(&group)? {
            let is_of_signal = |(of, _): &&(Signal, _)| *of == signal;
            let manifest = manifests.iter().find(is_of_signal);
            let manifest = manifest.and_then(|(_, manifest)| manifest.as_ref());
            if manifest.is_none_or(|manifest| group.lsn.0 > manifest.sealed_group) {
                checked.of(signal).logged += rows;
            }
        }
        Ok(())
    });
    let Some(read) = checked.note(read) else {
        return;
    };
    if let Some((file, offset)) = read.torn {
        checked.remarks.push(torn_group(&file, offset));
    }
    let (first, next) = (log.first().0, read.next.0);
    for (signal, manifest) in manifests {
        // Without one nobody knows what of the log is in segments.
        let Some(manifest) = manifest else { continue };
        let sealed = manifest.sealed_group;
        let found = if first > sealed + 1 {
            format!("begins with group {first}")
        } else if next <= sealed {
            format!("ends before group {next}")
        } else {
            continue;
        };
        let what = format!("the groups of the log up to {sealed} are in segments, but it {found}");
        let file = dir_of(dir, *signal).join(MANIFEST_NAME);
        checked.note::<(), _>(Err(corrupt(&file, 0, what)));
    }
}

/// What is known of a group at the end that is not whole.
fn torn_group(file: &Path, offset: u64) -> String {
    format!(
        "{} ends at byte {offset} with a group of records that is not whole. If Clew was killed or \
         the power failed as it wrote, the group was not acknowledged; if the disk has damaged it \
         since, it was",
        file.display()
    )
}

/// How many rows each request of the group has.
fn rows_of(group: &ReplayedGroup<'_>) -> Result<Vec<(Signal, u64)>, DiskError> {
    let mut rows = Vec::new();
    for record in group.records() {
        let (offset, Record { signal, payload }) = record?;
        let request = Bytes::copy_from_slice(payload);
        let len = match signal {
            Signal::Traces => <Batch as SignalBatch>::decode(request).map(|it| it.len()),
            Signal::Logs => <LogBatch as SignalBatch>::decode(request).map(|it| it.len()),
        };
        let len = len.map_err(|error| corrupt(group.file, offset, error.to_string()))?;
        rows.push((signal, len as u64));
    }
    Ok(rows)
}
