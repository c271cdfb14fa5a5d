//! Checks a data directory, without changing it: every file, up to its last byte.

mod read_only;
mod salvage;
mod segment;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::disk::{Disk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, describe, io_error};
use crate::lock::DirLock;
use crate::manifest::{MANIFEST_NAME, Manifest, ManifestFile};
use crate::seal::{SEGMENTS_DIR, WAL_DIR, file_number};
use crate::wal::{Log, ReplayedGroup};
use read_only::ReadOnly;

pub use salvage::{SalvageError, Salvaged, salvage};

/// What is in a data directory.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Checked {
    /// How many segments are whole.
    pub segments: usize,
    /// How many spans they have.
    pub sealed_spans: u64,
    /// How many spans are in segments that are not whole, as far as that is known: many of them may be
    /// read all the same.
    pub doubtful_spans: u64,
    /// How many spans are in the log alone.
    pub logged_spans: u64,
    /// What is wrong: which file, where in it, and what. Empty if all is as it was written.
    pub problems: Vec<String>,
    /// What is not as it might be.
    pub remarks: Vec<String>,
}

impl Checked {
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
    let manifest = read_manifest(&disk, dir);
    let manifest = checked.note(manifest);
    check_segments(&disk, dir, manifest.as_ref(), &mut checked);
    check_log(&disk, dir, manifest.as_ref(), &mut checked);
    checked
}

/// The manifest; an error if it is missing where there must have been one, since there are segments,
/// and no log that has all of their spans.
fn read_manifest(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Manifest, OpenError> {
    let file = ManifestFile::new(Arc::clone(disk), dir);
    if let Some(manifest) = file.read()? {
        return Ok(manifest);
    }
    let segments = disk.list(&dir.join(SEGMENTS_DIR)).unwrap_or_default();
    let has_segments = segments.iter().any(|name| file_number(name).is_some());
    let log = Log::find(Arc::clone(disk), &dir.join(WAL_DIR));
    let is_whole = log.is_ok_and(|log| log.has_first_group());
    if has_segments && !is_whole {
        return Err(corrupt(&file.path(), 0, "it is missing, and there are segments").into());
    }
    Ok(Manifest::default())
}

/// Those that the manifest names; all that there are, if it cannot be read.
fn check_segments(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    manifest: Option<&Manifest>,
    checked: &mut Checked,
) {
    let dir = dir.join(SEGMENTS_DIR);
    let names = disk.list(&dir).unwrap_or_default();
    let mut found: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
    found.sort_unstable();
    let Some(manifest) = manifest else {
        for number in found {
            let spans = segment::check(disk, &segment::path(&dir, number), None);
            note_segment(spans, 0, checked);
        }
        return;
    };
    for entry in &manifest.segments {
        let path = segment::path(&dir, entry.number);
        let spans = segment::check(disk, &path, Some(entry));
        note_segment(spans, entry.rows, checked);
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

/// Notes the spans of a segment, which has so many by the manifest.
fn note_segment(spans: Result<u64, DiskError>, rows: u32, checked: &mut Checked) {
    match checked.note(spans) {
        Some(spans) => {
            checked.segments += 1;
            checked.sealed_spans += spans;
        }
        None => checked.doubtful_spans += u64::from(rows),
    }
}

fn check_log(disk: &Arc<dyn Disk>, dir: &Path, manifest: Option<&Manifest>, checked: &mut Checked) {
    let Some(log) = checked.note(Log::find(Arc::clone(disk), &dir.join(WAL_DIR))) else {
        return;
    };
    let sealed = manifest.map_or(0, |manifest| manifest.sealed_group);
    let mut spans = 0;
    let read = log.check(|group| {
        let in_group = spans_of(&group)?;
        spans += if group.lsn.0 > sealed { in_group } else { 0 };
        Ok(())
    });
    checked.logged_spans += spans;
    let Some(read) = checked.note(read) else {
        return;
    };
    if let Some((file, offset)) = read.torn {
        checked.remarks.push(torn_group(&file, offset));
    }
    if manifest.is_none() {
        // Nobody knows what of the log is in segments.
        return;
    }
    let (first, next) = (log.first().0, read.next.0);
    let found = if first > sealed + 1 {
        format!("begins with group {first}")
    } else if next <= sealed {
        format!("ends before group {next}")
    } else {
        return;
    };
    let what = format!("the groups of the log up to {sealed} are in segments, but it {found}");
    checked.note::<(), _>(Err(corrupt(&dir.join("manifest"), 0, what)));
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

/// How many spans the group has.
fn spans_of(group: &ReplayedGroup<'_>) -> Result<u64, DiskError> {
    let mut spans = 0;
    for record in group.records() {
        let (offset, record) = record?;
        let decoded = clew_otlp::decode_traces(Bytes::copy_from_slice(record.payload));
        let decoded = decoded.map_err(|error| corrupt(group.file, offset, error.to_string()))?;
        spans += decoded.batch.len() as u64;
    }
    Ok(spans)
}
