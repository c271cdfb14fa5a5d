//! Checks a data directory, without changing it: every file, up to its last byte.

mod read_only;
mod salvage;
mod segment;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::disk::{Disk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, describe};
use crate::lock::DirLock;
use crate::manifest::{Manifest, ManifestFile};
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
    /// How many spans are in the log alone.
    pub logged_spans: u64,
    /// What is wrong: which file, where in it, and what. Empty if all is as it was written.
    pub problems: Vec<String>,
    /// What is not as it might be, though nothing is lost.
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
    let _lock = DirLock::acquire(dir)?;
    Ok(verify_on(&(Arc::new(OsDisk) as _), dir))
}

fn verify_on(disk: &Arc<dyn Disk>, dir: &Path) -> Checked {
    let disk: Arc<dyn Disk> = Arc::new(ReadOnly::new(Arc::clone(disk)));
    let mut checked = Checked::default();
    let manifest = ManifestFile::new(Arc::clone(&disk), dir).read();
    let manifest = checked.note(manifest).map(Option::unwrap_or_default);
    check_segments(&disk, dir, manifest.as_ref(), &mut checked);
    check_log(&disk, dir, manifest.as_ref(), &mut checked);
    checked
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
            note_segment(spans, checked);
        }
        return;
    };
    for entry in &manifest.segments {
        let path = segment::path(&dir, entry.number);
        note_segment(segment::check(disk, &path, Some(entry)), checked);
    }
    found.retain(|number| !manifest.segments.iter().any(|it| it.number == *number));
    for number in found {
        checked.remarks.push(format!(
            "{} is part of no store; the next start removes it",
            segment::path(&dir, number).display()
        ));
    }
}

fn note_segment(spans: Result<u64, DiskError>, checked: &mut Checked) {
    if let Some(spans) = checked.note(spans) {
        checked.segments += 1;
        checked.sealed_spans += spans;
    }
}

fn check_log(disk: &Arc<dyn Disk>, dir: &Path, manifest: Option<&Manifest>, checked: &mut Checked) {
    let Some(log) = checked.note(Log::find(Arc::clone(disk), &dir.join(WAL_DIR))) else {
        return;
    };
    let sealed = manifest.map_or(0, |manifest| manifest.sealed_group);
    let mut spans = 0;
    let torn = log.check(|group| {
        let in_group = spans_of(&group)?;
        spans += if group.lsn.0 > sealed { in_group } else { 0 };
        Ok(())
    });
    checked.logged_spans += spans;
    if let Some(Some((file, offset))) = checked.note(torn) {
        checked.remarks.push(format!(
            "{} ends at byte {offset} with a group that is not whole: it was being written when its \
             process ended, and was not acknowledged",
            file.display()
        ));
    }
    if let Some(manifest) = manifest
        && log.first().0 > manifest.sealed_group + 1
    {
        let manifest_path: PathBuf = dir.join("manifest");
        let what = format!(
            "the groups of the log up to {sealed} are in segments, but it begins with group {}",
            log.first().0
        );
        checked.note::<(), _>(Err(corrupt(&manifest_path, 0, what)));
    }
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
