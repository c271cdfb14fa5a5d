//! Sealing: blocks of the head become a segment.

mod background;
mod merge;
mod retire;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clew_model::{Batch, LogBatch};
use clew_store::Position;

pub(crate) use background::{Sealing, panic_message};
pub(crate) use retire::{Bounds, Usage};

use crate::batch::SignalBatch;
use crate::clock::Clock;
use crate::columns::Columnar;
use crate::contents::{Contents, Frozen, LostSegment};
use crate::disk::Disk;
use crate::error::{DiskError, OpenError, corrupt, describe, io_error};
use crate::head::Arrival;
use crate::manifest::{Manifest, ManifestFile, SegmentEntry};
use crate::segment::{self, Segment, SegmentCache, Sources, WriteError, len_of_segment};
use crate::wal::Signal;

/// Where in the data directory the segments lie.
pub(crate) const SEGMENTS_DIR: &str = "segments";

/// Where in the data directory log records have a manifest and segments of their own.
pub(crate) const LOGS_DIR: &str = "logs";

/// Where in the data directory the log lies.
pub(crate) const WAL_DIR: &str = "wal";

/// How the name of a segment ends, after its number of 16 digits.
pub(crate) const NAME_END: &str = ".parquet";

/// Makes segments of a directory, and writes down which there are.
#[derive(Debug)]
pub(crate) struct Sealer {
    /// Of what it makes segments.
    signal: Signal,
    files: Arc<SegmentFiles>,
    manifest_file: ManifestFile,
    /// What is known to be safe, but for the number of the next segment, which is never used again.
    manifest: Manifest,
    /// Files that are not removed yet: a manifest may name them which was not known to be written, or
    /// they could not be.
    doubtful: Vec<u64>,
    /// After a merge has failed.
    merges_paused_until: Option<Instant>,
    /// Segments that cannot become part of another.
    unmergeable: HashSet<u64>,
    bounds: Bounds,
    clock: Clock,
    /// Where the log lies, which takes room too.
    wal_dir: PathBuf,
    /// What all segments of the store take.
    usage: Arc<Usage>,
}

/// Where a sealer works.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) disk: Arc<dyn Disk>,
    /// The data directory.
    pub(crate) dir: PathBuf,
    pub(crate) bounds: Bounds,
    pub(crate) clock: Clock,
    pub(crate) cache: Arc<SegmentCache>,
    pub(crate) usage: Arc<Usage>,
}

impl Place {
    /// Where the manifest of this signal lies, and the directory of its segments.
    pub(crate) fn dir_of(&self, signal: Signal) -> PathBuf {
        dir_of(&self.dir, signal)
    }
}

/// Where in a data directory the manifest of this signal lies, and the directory of its segments.
pub(crate) fn dir_of(data_dir: &Path, signal: Signal) -> PathBuf {
    match signal {
        Signal::Traces => data_dir.to_owned(),
        Signal::Logs => data_dir.join(LOGS_DIR),
    }
}

/// The segments of a data directory, in the order in which their spans arrived.
#[derive(Debug, Default)]
pub(crate) struct OpenedSegments {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) lost: Vec<LostSegment>,
}

/// The files of the segments.
struct SegmentFiles {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    cache: Arc<SegmentCache>,
}

impl std::fmt::Debug for SegmentFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SegmentFiles").field(&self.dir).finish()
    }
}

impl Sealer {
    /// Reads the manifest of a data directory, and opens the segments that it names. One that cannot be
    /// opened does not keep the others from it.
    pub(crate) fn open(place: &Place, signal: Signal) -> Result<(Self, OpenedSegments), OpenError> {
        let dir = place.dir_of(signal);
        let files = Arc::new(SegmentFiles {
            disk: Arc::clone(&place.disk),
            dir: dir.join(SEGMENTS_DIR),
            cache: Arc::clone(&place.cache),
        });
        let manifest_file = ManifestFile::new(Arc::clone(&place.disk), &dir);
        let manifest = manifest_file.read()?.unwrap_or_default();
        let mut opened = OpenedSegments::default();
        for entry in &manifest.segments {
            match files.open(entry) {
                Ok(segment) => opened.segments.push(segment),
                // Such as too many open files: nothing is wrong with the segment.
                Err(error) if !error.is_damage() => return Err(error.into()),
                Err(error) => {
                    let (why, rows) = (describe(&error), entry.rows);
                    tracing::error!(
                        "{rows} {} cannot be read, and answers leave them out: {why}",
                        rows_of(signal)
                    );
                    opened.lost.push(LostSegment {
                        number: entry.number,
                        rows,
                    });
                }
            }
        }
        let sealer = Self {
            signal,
            files,
            manifest_file,
            manifest,
            doubtful: Vec::new(),
            merges_paused_until: None,
            unmergeable: opened.lost.iter().map(|lost| lost.number).collect(),
            bounds: place.bounds,
            clock: place.clock.clone(),
            wal_dir: place.dir.join(WAL_DIR),
            usage: Arc::clone(&place.usage),
        };
        sealer.tell_usage();
        Ok((sealer, opened))
    }

    /// The sequence number of the last group of the log whose spans are in segments.
    pub(crate) fn sealed_group(&self) -> u64 {
        self.manifest.sealed_group
    }

    /// If nothing was ever sealed, and so no manifest written, the log may begin with any group: it had
    /// nothing of this signal before. That holds of log records alone, which earlier versions did not
    /// know.
    pub(crate) fn begin_at(&mut self, first: u64) {
        if self.signal == Signal::Logs && self.manifest == Manifest::default() {
            self.manifest.sealed_group = first.saturating_sub(1);
        }
    }

    /// The position of the first batch that is in no segment.
    pub(crate) fn next_position(&self) -> Position {
        Position(self.manifest.next_position)
    }

    /// Checks that a log that begins with this group has all that are not sealed.
    pub(crate) fn check_log_begin(&self, first: u64) -> Result<(), DiskError> {
        if first > self.sealed_group() + 1 {
            return Err(self.contradiction(&format!("begins with group {first}")));
        }
        Ok(())
    }

    /// Checks that segments which no manifest names are leftovers: a log that has the first group has
    /// all of their spans.
    pub(crate) fn check_segments(&self, has_first_group: bool) -> Result<(), DiskError> {
        let is_new = self.manifest.segments.is_empty() && self.manifest.next_segment == 1;
        if is_new && !has_first_group && !self.files.list()?.is_empty() {
            let what = "it is missing, and there are segments";
            return Err(corrupt(&self.manifest_file.path(), 0, what));
        }
        Ok(())
    }

    /// Checks that a log that ends before this group has all that were sealed when it was opened.
    pub(crate) fn check_log_end(&self, next: u64) -> Result<(), DiskError> {
        if next <= self.sealed_group() {
            return Err(self.contradiction(&format!("ends before group {next}")));
        }
        Ok(())
    }

    /// The manifest is not that of this log.
    fn contradiction(&self, found: &str) -> DiskError {
        let path = self.manifest_file.path();
        let sealed = self.sealed_group();
        if sealed == 0 {
            return corrupt(&path, 0, format!("it is missing, and the log {found}"));
        }
        let what = format!("the groups of the log up to {sealed} are in segments, but it {found}");
        corrupt(&path, 0, what)
    }

    /// Removes files that the manifest does not name: they were being written when their process
    /// ended. Whether it is the right manifest was checked before; if a segment of it is missing, an
    /// older one may have been put in its place, and then nothing is removed, nor written over.
    pub(crate) fn remove_leftovers(&mut self) -> Result<(), DiskError> {
        let found = self.files.list()?;
        let after_all = found.iter().max().map_or(0, |last| last + 1);
        self.manifest.next_segment = self.manifest.next_segment.max(after_all);
        let entries = &self.manifest.segments;
        if entries.iter().any(|entry| !found.contains(&entry.number)) {
            return Ok(());
        }
        for number in found {
            if !entries.iter().any(|entry| entry.number == number) {
                self.files.remove(number)?;
            }
        }
        Ok(())
    }

    /// Makes a segment of the head, which has all spans up to this group of the log that are not in
    /// segments yet. When this returns `Ok`, they are safe in it, and found there. If their keys are
    /// too many for one segment, it makes several.
    ///
    /// # Errors
    /// The spans are where they were, and the same call may succeed later.
    pub(crate) fn seal<B: SignalBatch>(
        &mut self,
        frozen: &Frozen<B>,
        group: u64,
        contents: &Contents<B>,
    ) -> Result<(), DiskError> {
        let blocks: Vec<_> = frozen.head.blocks().cloned().collect();
        let tables = frozen.head.tables().iter().cloned();
        let tables = tables.chain(contents.tables_of(&blocks));
        let sources: Vec<Arc<dyn Columnar>> = tables.map(|it| it as Arc<dyn Columnar>).collect();
        let mut written = Written::default();
        let mut left = &sources[..];
        while !left.is_empty() {
            let (now, later) = left.split_at(len_of_segment(left));
            self.write(now, frozen.head.arrived(), &mut written)?;
            left = later;
        }
        let mut manifest = self.manifest.clone();
        manifest.sealed_group = group;
        manifest.next_position = frozen.end.0;
        manifest.segments.append(&mut written.entries);
        self.commit(manifest, &written)?;
        contents.sealed(written.segments);
        Ok(())
    }

    /// Writes one more segment, of these spans.
    fn write(
        &mut self,
        sources: &Sources,
        arrived: Arrival,
        written: &mut Written,
    ) -> Result<(), DiskError> {
        // A number is used once: a manifest that was written without anybody hearing of it may name
        // the file.
        let number = self.manifest.next_segment;
        self.manifest.next_segment += 1;
        match self.files.write(number, sources, arrived) {
            Ok((segment, entry)) => {
                written.segments.push(Arc::new(segment));
                written.entries.push(entry);
                Ok(())
            }
            Err(error) => {
                // Gives their room back. What fails here is removed when the store is opened.
                for number in written.numbers().chain([number]) {
                    self.files.remove(number).ok();
                }
                Err(error)
            }
        }
    }

    /// Makes this the manifest, which names these segments.
    fn commit(&mut self, manifest: Manifest, written: &Written) -> Result<(), DiskError> {
        if let Err(error) = self.manifest_file.write(&manifest) {
            self.doubtful.extend(written.numbers());
            return Err(error);
        }
        self.manifest = manifest;
        self.tell_usage();
        let doubtful = std::mem::take(&mut self.doubtful);
        self.remove(doubtful);
        Ok(())
    }

    /// Removes files that no manifest names; what cannot be removed is, after the next manifest.
    fn remove(&mut self, numbers: Vec<u64>) {
        for number in numbers {
            if self
                .files
                .remove(number)
                .is_err_and(|error| !error.is_missing())
            {
                self.doubtful.push(number);
            }
        }
    }
}

/// What the rows of a signal are called.
pub(crate) fn rows_of(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => Batch::ROWS,
        Signal::Logs => LogBatch::ROWS,
    }
}

/// Segments that no manifest names yet.
#[derive(Debug, Default)]
struct Written {
    segments: Vec<Arc<Segment>>,
    entries: Vec<SegmentEntry>,
}

impl Written {
    fn numbers(&self) -> impl Iterator<Item = u64> {
        self.segments.iter().map(|segment| segment.number())
    }
}

impl SegmentFiles {
    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{number:016}{NAME_END}"))
    }

    /// The numbers of the files that there are.
    fn list(&self) -> Result<Vec<u64>, DiskError> {
        let names = self.disk.list(&self.dir);
        let names = names.map_err(io_error("list", &self.dir))?;
        Ok(names.iter().filter_map(|name| file_number(name)).collect())
    }

    fn open(&self, entry: &SegmentEntry) -> Result<Arc<Segment>, DiskError> {
        let path = self.path(entry.number);
        let reader = self.disk.reader(&path);
        let reader = reader.map_err(io_error("open", &path))?;
        Segment::open(reader, &path, entry.directory, &self.cache)
            .map(|segment| Arc::new(segment.with_number(entry.number)))
    }

    fn remove(&self, number: u64) -> Result<(), DiskError> {
        let path = self.path(number);
        let removed = self.disk.remove(&path);
        removed.map_err(io_error("remove", &path))
    }

    /// Writes the segment of this number; when this returns, the file is safe.
    fn write(
        &self,
        number: u64,
        sources: &Sources,
        arrived: Arrival,
    ) -> Result<(Segment, SegmentEntry), DiskError> {
        let path = self.path(number);
        let encoded = segment::write(sources, Vec::new());
        let (bytes, written) = encoded.map_err(|error| match error {
            WriteError::Source(error) => error,
            WriteError::Sink(error) => io_error("make", &path)(error),
        })?;
        let rows = written.directory.rows();
        let created = self.disk.create(&path, bytes.len() as u64);
        let mut file = created.map_err(io_error("make", &path))?;
        let result = file.write_at(&bytes, 0);
        result.map_err(io_error("write", &path))?;
        file.sync().map_err(io_error("sync", &path))?;
        let synced = self.disk.sync_dir(&self.dir);
        synced.map_err(io_error("sync", &self.dir))?;
        let entry = SegmentEntry {
            number,
            len: bytes.len() as u64,
            rows,
            merges: 0,
            crc: Some(crc32fast::hash(&bytes)),
            directory: written.location,
            arrived: (arrived.0, arrived.1),
        };
        let reader = self.disk.reader(&path);
        let reader = reader.map_err(io_error("open", &path))?;
        let segment = Segment::new(reader, &path, written.directory, &self.cache);
        Ok((segment.with_number(number), entry))
    }
}

/// The number of the file, if that is what the name is.
pub(crate) fn file_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(NAME_END)?;
    let is_number = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}
