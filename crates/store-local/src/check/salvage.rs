//! Makes a good data directory of what can be read of a damaged one.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clew_model::Batch;
use clew_store::{StoreError, TraceStore as _};

use super::read_only::ReadOnly;
use super::segment;
use crate::columns::{Columnar, Projection, Rows};
use crate::disk::{Disk, OsDisk};
use crate::error::{DiskError, OpenError, describe};
use crate::lock::DirLock;
use crate::manifest::SegmentEntry;
use crate::seal::{SEGMENTS_DIR, WAL_DIR, file_number};
use crate::segment::Segment;
use crate::store::{LocalStore, Options};
use crate::wal;

/// Rows are read so many at a time, and those that cannot be are read in ever smaller parts, down to
/// single ones: of the spans whose rows are on a damaged page, many have no value there.
const CHUNK_ROWS: u32 = 8192;

/// The new directory may be on a slow disk, but not for ever.
const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of the spans of a damaged directory.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Salvaged {
    /// How many are in the new directory.
    pub spans: u64,
    /// How many are lost of segments, as far as that is known.
    pub lost_spans: u64,
    /// Whether parts of the log could not be read, with spans of which nobody knows how many they are.
    pub is_log_damaged: bool,
    /// What could not be read: which file, where in it, and what.
    pub problems: Vec<String>,
}

/// Why nothing was salvaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SalvageError {
    /// One of the two directories cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is something where the new directory is to be.
    #[error("there is something in {} already", .0.display())]
    NotEmpty(PathBuf),
    /// The new directory is to be within the damaged one, which is to stay as it is.
    #[error("{} is within the damaged directory, which is to stay as it is", .0.display())]
    Within(PathBuf),
    /// The new directory takes no spans.
    #[error("the new directory takes no spans: {0}")]
    Append(#[from] StoreError),
}

/// Copies all spans that can be read to a new directory. They arrive there now.
///
/// # Errors
/// If one of the directories cannot be opened, or the new one is full.
pub async fn salvage(from: &Path, to: &Path) -> Result<Salvaged, SalvageError> {
    super::find_store(from)?;
    if real_path(to).starts_with(real_path(from)) {
        return Err(SalvageError::Within(to.to_owned()));
    }
    if OsDisk.list(to).is_ok_and(|names| !names.is_empty()) {
        return Err(SalvageError::NotEmpty(to.to_owned()));
    }
    let _lock = DirLock::acquire(from)?;
    let disk: Arc<dyn Disk> = Arc::new(ReadOnly::new(Arc::new(OsDisk)));
    let store = LocalStore::open(to, &Options::default(), |_| {})?;
    let mut salvage = Salvage {
        disk,
        store,
        salvaged: Salvaged::default(),
    };
    salvage.all(from).await?;
    salvage.store.close().await;
    Ok(salvage.salvaged)
}

/// Where the path leads: what of it is not there yet stands behind what is.
fn real_path(path: &Path) -> PathBuf {
    let mut parts = path.components();
    let mut rest = PathBuf::new();
    loop {
        let known = match parts.as_path() {
            path if path.as_os_str().is_empty() => Path::new("."),
            path => path,
        };
        if let Ok(known) = known.canonicalize() {
            return known.join(rest);
        }
        match parts.next_back() {
            Some(part) => rest = Path::new(&part).join(rest),
            None => return path.to_owned(),
        }
    }
}

struct Salvage {
    disk: Arc<dyn Disk>,
    store: LocalStore,
    salvaged: Salvaged,
}

impl Salvage {
    async fn all(&mut self, from: &Path) -> Result<(), SalvageError> {
        let manifest = match super::read_manifest(&self.disk, from) {
            Ok(manifest) => Some(manifest),
            Err(OpenError::Disk(error)) => {
                self.note(&error);
                None
            }
            Err(other) => return Err(other.into()),
        };
        let dir = from.join(SEGMENTS_DIR);
        let sealed = manifest
            .as_ref()
            .map_or(0, |manifest| manifest.sealed_group);
        let names = self.disk.list(&dir).unwrap_or_default();
        let numbers = names.iter().filter_map(|name| file_number(name));
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        let entries = manifest.map_or(Vec::new(), |manifest| manifest.segments);
        for entry in &entries {
            self.segment(&dir, entry.number, Some(entry)).await?;
        }
        // If it is not the newest manifest, there is what it does not know.
        let is_whole = entries.iter().all(|entry| numbers.contains(&entry.number));
        if entries.is_empty() || !is_whole {
            numbers.retain(|number| !entries.iter().any(|entry| entry.number == *number));
            for number in numbers {
                self.segment(&dir, number, None).await?;
            }
        }
        self.log(&from.join(WAL_DIR), sealed).await
    }

    async fn segment(
        &mut self,
        dir: &Path,
        number: u64,
        entry: Option<&SegmentEntry>,
    ) -> Result<(), SalvageError> {
        let path = segment::path(dir, number);
        let segment = match self.open(&path, entry) {
            Ok(segment) => segment,
            Err(error) => {
                self.note(&error);
                self.salvaged.lost_spans += entry.map_or(0, |entry| entry.rows.into());
                return Ok(());
            }
        };
        let rows = segment.rows();
        // The first part is the last of the list.
        let starts = (0..rows).step_by(CHUNK_ROWS as usize);
        let parts = starts.map(|start| start..rows.min(start + CHUNK_ROWS));
        let mut parts: Vec<Range<u32>> = parts.rev().collect();
        while let Some(part) = parts.pop() {
            match Rows::read(&segment, part.clone(), &Projection::ALL) {
                Ok(read) => {
                    // If they are long, the first of them.
                    let rest = part.start + u32::try_from(read.len()).unwrap_or(u32::MAX)..part.end;
                    if !rest.is_empty() {
                        parts.push(rest);
                    }
                    self.append(read.into_batch()).await?;
                }
                Err(error) if part.len() <= 1 => {
                    self.note(&error);
                    self.salvaged.lost_spans += part.len() as u64;
                }
                Err(_) => {
                    let middle = part.start + (part.end - part.start) / 2;
                    parts.push(middle..part.end);
                    parts.push(part.start..middle);
                }
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path, entry: Option<&SegmentEntry>) -> Result<Segment, DiskError> {
        if let Some(entry) = entry
            && let Ok(segment) = segment::open(&self.disk, path, entry.directory)
        {
            return Ok(segment);
        }
        let bytes = self.disk.read(path, u64::MAX);
        let bytes = bytes.map_err(crate::error::io_error("read", path))?;
        let location = segment::find_directory(path, &Bytes::from(bytes))?;
        segment::open(&self.disk, path, location)
    }

    /// The groups of the log that are in no segment, as far as they are whole.
    async fn log(&mut self, dir: &Path, sealed: u64) -> Result<(), SalvageError> {
        let files = match wal::files(&*self.disk, dir) {
            Ok(files) => files,
            Err(error) => {
                self.note_of_log(&error);
                Vec::new()
            }
        };
        for file in files {
            let wal::Salvaged { records, problems } = match wal::salvage_file(&*self.disk, &file) {
                Ok(salvaged) => salvaged,
                Err(error) => {
                    self.note_of_log(&error);
                    continue;
                }
            };
            for error in problems {
                self.note_of_log(&error);
            }
            for (group, payload) in records.into_iter().filter(|(group, _)| *group > sealed) {
                match clew_otlp::decode_traces(Bytes::from(payload)) {
                    Ok(decoded) => self.append(decoded.batch).await?,
                    Err(error) => {
                        let problem = format!("group {group} of {}: {error}", file.display());
                        self.salvaged.problems.push(problem);
                        self.salvaged.is_log_damaged = true;
                    }
                }
            }
        }
        Ok(())
    }

    async fn append(&mut self, batch: Batch) -> Result<(), SalvageError> {
        self.salvaged.spans += batch.len() as u64;
        let start = Instant::now();
        loop {
            match self.store.append(batch.clone()).await {
                Ok(_) => return Ok(()),
                // The disk is slower than what is read.
                Err(StoreError::TryLater { .. }) if start.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Notes a problem of the log.
    fn note_of_log(&mut self, error: &DiskError) {
        self.note(error);
        self.salvaged.is_log_damaged = true;
    }

    /// Notes a problem, once.
    fn note(&mut self, error: &DiskError) {
        let problem = describe(error);
        if self.salvaged.problems.last() != Some(&problem) {
            self.salvaged.problems.push(problem);
        }
    }
}
