//! Makes a good data directory of what can be read of a damaged one.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clew_store::{LogStore as _, StoreError, TraceStore as _};

use super::read_only::ReadOnly;
use super::segment;
use crate::batch::SignalBatch;
use crate::columns::{Columnar, LogRows, Projection, ReadRows as _, Rows};
use crate::commit::AnyBatch;
use crate::disk::{Disk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, describe};
use crate::lock::DirLock;
use crate::manifest::{MANIFEST_NAME, SegmentEntry};
use crate::seal::{SEGMENTS_DIR, WAL_DIR, dir_of, file_number};
use crate::segment::Segment;
use crate::store::{LocalStore, Options};
use crate::wal::{self, Log, SalvagedRecord, Signal};

/// Rows are read so many at a time, and those that cannot be are read in ever smaller parts, down to
/// single ones: of the spans whose rows are on a damaged page, many have no value there.
const CHUNK_ROWS: u32 = 8192;

/// The new directory may be on a slow disk, but not for ever.
const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of what is in a damaged directory.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Salvaged {
    /// The spans.
    pub spans: SalvagedRows,
    /// The log records.
    pub log_records: SalvagedRows,
    /// Whether parts of the log could not be read, with rows of which nobody knows how many they are.
    pub is_log_damaged: bool,
    /// What could not be read: which file, where in it, and what.
    pub problems: Vec<String>,
}

/// What became of the spans, or the log records.
#[derive(Debug, Default, Clone, Copy)]
#[non_exhaustive]
pub struct SalvagedRows {
    /// How many are in the new directory.
    pub saved: u64,
    /// How many are lost of segments, as far as that is known.
    pub lost: u64,
}

impl Salvaged {
    fn of(&mut self, signal: Signal) -> &mut SalvagedRows {
        match signal {
            Signal::Traces => &mut self.spans,
            Signal::Logs => &mut self.log_records,
        }
    }
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
    // Of log records that are alike those of one batch are all kept, and batches are not what they were.
    store.logs.keep_all();
    let mut salvage = Salvage {
        disk,
        store,
        salvaged: Salvaged::default(),
    };
    salvage.all(from).await?;
    salvage.store.close().await;
    Ok(salvage.salvaged)
}

/// Where the path leads: what of it is not there yet stands behind what is, and has no links.
fn real_path(path: &Path) -> PathBuf {
    let mut real = match Path::new(".").canonicalize() {
        Ok(dir) if path.is_relative() => dir,
        _ => PathBuf::new(),
    };
    for part in path.components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            Component::CurDir => {}
            part => real.push(part),
        }
        if let Ok(known) = real.canonicalize() {
            real = known;
        }
    }
    real
}

/// The first of these rows of a segment, or all, and how many they are.
fn read(
    segment: &Segment,
    signal: Signal,
    rows: Range<u32>,
) -> Result<(Vec<AnyBatch>, usize), DiskError> {
    match signal {
        Signal::Traces => {
            let read = Rows::read(segment, rows, &Projection::ALL)?;
            let len = read.len();
            Ok((vec![AnyBatch::Spans(read.into_batch())], len))
        }
        Signal::Logs => {
            let rows: Vec<u32> = rows.collect();
            let read = LogRows::read(segment, &rows, &Projection::ALL)?;
            let batches = read.into_iter().map(LogRows::into_batch);
            Ok((batches.map(AnyBatch::Logs).collect(), rows.len()))
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
        let mut sealed = Vec::new();
        for signal in super::SIGNALS {
            sealed.push((signal, self.segments(from, signal).await?));
        }
        self.log(&from.join(WAL_DIR), &sealed).await
    }

    /// Copies the segments of a signal; up to which group of the log they have all.
    async fn segments(&mut self, from: &Path, signal: Signal) -> Result<u64, SalvageError> {
        let manifest = match super::read_manifest(&self.disk, from, signal) {
            Ok(manifest) => Some(manifest),
            Err(OpenError::Disk(error)) => {
                self.note(&error);
                None
            }
            Err(other) => return Err(other.into()),
        };
        let dir = dir_of(from, signal).join(SEGMENTS_DIR);
        let sealed = manifest
            .as_ref()
            .map_or(0, |manifest| manifest.sealed_group);
        let names = self.disk.list(&dir).unwrap_or_default();
        let numbers = names.iter().filter_map(|name| file_number(name));
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        let entries = manifest.map_or(Vec::new(), |manifest| manifest.segments);
        for entry in &entries {
            self.segment(&dir, signal, entry.number, Some(entry))
                .await?;
        }
        // If it is not the newest manifest, there is what it does not know. One that names nothing may
        // be of a store that never held this signal, of whose log others made room.
        let is_whole = entries.iter().all(|entry| numbers.contains(&entry.number));
        if entries.is_empty() || !is_whole || self.is_older_than_log(from, signal, sealed) {
            numbers.retain(|number| !entries.iter().any(|entry| entry.number == *number));
            for number in numbers {
                self.segment(&dir, signal, number, None).await?;
            }
        }
        Ok(sealed)
    }

    /// Whether the log lacks groups that are in no segment by the manifest: then it is an older one.
    fn is_older_than_log(&mut self, from: &Path, signal: Signal, sealed: u64) -> bool {
        let log = Log::find(Arc::clone(&self.disk), &from.join(WAL_DIR));
        // A log that cannot be opened is looked at later.
        let Some(first) = log.ok().map(|log| log.first().0) else {
            return false;
        };
        let is_older = first > sealed + 1;
        if is_older {
            let file = dir_of(from, signal).join(MANIFEST_NAME);
            let what = format!(
                "the groups of the log up to {sealed} are in segments, but it begins with group {first}"
            );
            self.note(&corrupt(&file, 0, what));
        }
        is_older
    }

    async fn segment(
        &mut self,
        dir: &Path,
        signal: Signal,
        number: u64,
        entry: Option<&SegmentEntry>,
    ) -> Result<(), SalvageError> {
        let path = segment::path(dir, number);
        let segment = match self.open(&path, entry) {
            Ok(segment) => segment,
            Err(error) => {
                self.note(&error);
                self.salvaged.of(signal).lost += entry.map_or(0, |entry| entry.rows.into());
                return Ok(());
            }
        };
        let rows = segment.rows();
        // The first part is the last of the list.
        let starts = (0..rows).step_by(CHUNK_ROWS as usize);
        let parts = starts.map(|start| start..rows.min(start + CHUNK_ROWS));
        let mut parts: Vec<Range<u32>> = parts.rev().collect();
        while let Some(part) = parts.pop() {
            match read(&segment, signal, part.clone()) {
                Ok((batches, read)) => {
                    // If they are long, the first of them.
                    let rest = part.start + u32::try_from(read).unwrap_or(u32::MAX)..part.end;
                    if !rest.is_empty() {
                        parts.push(rest);
                    }
                    for batch in batches {
                        self.append(batch).await?;
                    }
                }
                Err(error) if part.len() <= 1 => {
                    self.note(&error);
                    self.salvaged.of(signal).lost += part.len() as u64;
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
    async fn log(&mut self, dir: &Path, sealed: &[(Signal, u64)]) -> Result<(), SalvageError> {
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
            for SalvagedRecord {
                group,
                signal,
                payload,
            } in records
            {
                if sealed.iter().any(|it| it.0 == signal && group <= it.1) {
                    continue;
                }
                let request = Bytes::from(payload);
                let batch = match signal {
                    Signal::Traces => SignalBatch::decode(request).map(AnyBatch::Spans),
                    Signal::Logs => SignalBatch::decode(request).map(AnyBatch::Logs),
                };
                match batch {
                    Ok(batch) => self.append(batch).await?,
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

    async fn append(&mut self, batch: AnyBatch) -> Result<(), SalvageError> {
        let start = Instant::now();
        loop {
            let appended = match &batch {
                AnyBatch::Spans(batch) => self.store.append(batch.clone()).await,
                AnyBatch::Logs(batch) => self.store.append_logs(batch.clone()).await,
            };
            match appended {
                Ok(_) => {
                    self.salvaged.of(batch.signal()).saved += batch.len() as u64;
                    return Ok(());
                }
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
