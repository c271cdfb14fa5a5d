//! The store: the log, the head, and the segments.

#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use clew_model::Batch;
use clew_store::{MemoryBudget, Position, QueryContext, StoreError, TraceSnapshot, TraceStore};

use crate::clock::Clock;
use crate::commit::{Committer, HeadBounds, Keeper};
use crate::contents::Contents;
use crate::disk::{self, Disk, MemoryDisk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, describe, io_error};
use crate::head::{ColumnsThread, table_rows};
use crate::lock::DirLock;
use crate::progress::{Meter, Progress};
use crate::seal::{Bounds, SEGMENTS_DIR, Sealer, Sealing, WAL_DIR};
use crate::wal::{Log, ReplayedGroup, Signal, Wal};

/// How long the files of the log are. Making a file takes a few syncs, so it must be rare; opening
/// a store reads the last one whole, so it must be short.
const WAL_FILE_LEN: u64 = 32 << 20;

/// How many bytes of requests the log has before the head is sealed, however few spans they are: twice
/// what a full head of usual spans has there.
const LOG_BYTES_MAX: u64 = 128 << 20;

/// And which part of what the disk may hold, if that is bounded: the log counts there too.
const LOG_DISK_PART: u64 = 8;

/// What can be chosen of a store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How many spans are kept in memory before they are made into a segment. A span of a usual size
    /// (400 bytes on the wire, ten attributes) takes about 200 bytes there, and as many again may come
    /// while a segment is made.
    pub head_spans: usize,
    /// How much memory they may take before that, in bytes.
    pub head_bytes: usize,
    /// How long spans stay in memory, if they are fewer.
    pub head_age: Duration,
    /// For how long spans are kept, counted from their arrival, to within an hour: whole segments
    /// are dropped. `None` for ever.
    pub retention: Option<Duration>,
    /// How many bytes the directory may take; the segments that arrived first are dropped when it
    /// takes more. For a store in memory it is how much of that the segments may take. `None` for no
    /// bound.
    pub disk_max: Option<u64>,
    /// What the spans that are in no segment count against, and what is kept of segments that were read.
    /// If nothing is left of it, no more spans are taken for now.
    pub memory: MemoryBudget,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            head_spans: 128 << 10,
            head_bytes: 32 << 20,
            // Little enough to be read again when the store is opened after its process was killed,
            // and rare enough that a small installation has few segments.
            head_age: Duration::from_hours(1),
            retention: None,
            disk_max: None,
            memory: MemoryBudget::default(),
        }
    }
}

impl Options {
    fn bounds(&self) -> HeadBounds {
        HeadBounds {
            rows: self.head_spans,
            // One head fills while another is sealed, and others need memory too.
            bytes: self.head_bytes.min(self.memory.bytes_max() / 4),
            // So that spans are dropped soon after their time.
            age: match self.retention {
                Some(retention) => self.head_age.min(retention / 8),
                None => self.head_age,
            },
            log_bytes: match self.disk_max {
                Some(max) => LOG_BYTES_MAX.min(max / LOG_DISK_PART),
                None => LOG_BYTES_MAX,
            },
        }
    }

    fn kept(&self) -> Bounds {
        Bounds {
            retention: self.retention,
            disk: self.disk_max,
        }
    }
}

/// A store in a directory of its own, or in memory alone.
///
/// What was acknowledged survives the end of the process and of the power (W1), unless it is kept in
/// memory alone. The newest spans are in memory, the others in segments.
#[derive(Debug)]
pub struct LocalStore {
    committer: Committer,
    pub(crate) contents: Arc<Contents>,
}

impl LocalStore {
    /// A store that ends with its process.
    ///
    /// # Errors
    /// If the operating system has no thread for it.
    pub fn in_memory(options: &Options) -> Result<Self, OpenError> {
        let dir = Path::new("/");
        let (disk, clock) = (Arc::new(MemoryDisk::default()), Clock::default());
        let (sealer, opened) = Sealer::open(disk, dir, options.kept(), &options.memory, &clock)?;
        let contents = Contents::new(
            opened.segments,
            opened.lost,
            sealer.next_position(),
            &clock,
            table_rows(options.head_spans),
        );
        let contents = Arc::new(contents);
        Self::start(None, 0, 0, sealer, contents, options, None)
            .map_err(|error| io_error("start a thread for", dir)(error).into())
    }

    /// Opens the store of this directory, or makes a new one there.
    ///
    /// What of its log is in no segment is read first. If that takes more than a second, `progress`
    /// hears a few times a second how far it is, and once when it is done.
    ///
    /// # Errors
    /// If another process has the directory open, or what is in it cannot be read.
    pub fn open(
        dir: &Path,
        options: &Options,
        progress: impl FnMut(Progress),
    ) -> Result<Self, OpenError> {
        for made in [WAL_DIR, SEGMENTS_DIR].map(|name| dir.join(name)) {
            disk::create_dir(&made).map_err(io_error("make", &made))?;
        }
        let lock = DirLock::acquire(dir)?;
        Self::open_on(
            &DataDir {
                disk: Arc::new(OsDisk),
                dir,
                file_len: WAL_FILE_LEN,
                clock: Clock::default(),
            },
            options,
            Some(lock),
            progress,
        )
    }

    fn open_on(
        data_dir: &DataDir<'_>,
        options: &Options,
        lock: Option<DirLock>,
        progress: impl FnMut(Progress),
    ) -> Result<Self, OpenError> {
        let DataDir {
            disk, dir, clock, ..
        } = data_dir;
        let (bounds, memory) = (options.kept(), &options.memory);
        let (mut sealer, opened) = Sealer::open(Arc::clone(disk), dir, bounds, memory, clock)?;
        let contents = Contents::new(
            opened.segments,
            opened.lost,
            sealer.next_position(),
            clock,
            table_rows(options.head_spans),
        );
        let contents = Arc::new(contents);
        let (wal, logged_bytes) =
            replay(data_dir, options.bounds(), &mut sealer, &contents, progress)?;
        let last_group = wal.next().0 - 1;
        let wal = Some(wal);
        Self::start(
            wal,
            last_group,
            logged_bytes,
            sealer,
            contents,
            options,
            lock,
        )
        .map_err(|error| io_error("start a thread for", data_dir.dir)(error).into())
    }

    fn start(
        wal: Option<Wal>,
        last_group: u64,
        logged_bytes: u64,
        sealer: Sealer,
        contents: Arc<Contents>,
        options: &Options,
        lock: Option<DirLock>,
    ) -> std::io::Result<Self> {
        let columns = ColumnsThread::start(Arc::clone(&contents))?;
        let sealing = Sealing::start(sealer, Arc::clone(&contents))?;
        let keeper = Keeper {
            wal,
            contents: Arc::clone(&contents),
            columns,
            memory: options.memory.clone(),
            heads: options.memory.share(),
            sealing,
            bounds: options.bounds(),
            last_group,
            released_group: 0,
            logged_bytes,
            needs_room: false,
        };
        Ok(Self {
            committer: Committer::start(keeper, lock)?,
            contents,
        })
    }

    /// Takes no more spans, and waits until all that were appended are dealt with: then the
    /// directory can be opened again. Whoever drops a store that is not closed waits for the same.
    pub async fn close(&self) {
        self.committer.close().await;
    }

    /// Completes when the store can never take anything again, and says why: a thread of it has
    /// panicked.
    pub async fn failure(&self) -> String {
        self.committer.failure().await
    }
}

/// Where a store lies.
struct DataDir<'a> {
    disk: Arc<dyn Disk>,
    dir: &'a Path,
    /// How long the files of the log are.
    file_len: u64,
    clock: Clock,
}

/// Replays what of the log is in no segment, and goes on with the log; how many bytes it has.
fn replay(
    data_dir: &DataDir<'_>,
    bounds: HeadBounds,
    sealer: &mut Sealer,
    contents: &Contents,
    progress: impl FnMut(Progress),
) -> Result<(Wal, u64), OpenError> {
    let dir = data_dir.dir.join(WAL_DIR);
    let log = Log::find(Arc::clone(&data_dir.disk), &dir)?;
    sealer.check_log_begin(log.first().0)?;
    sealer.check_segments(log.has_first_group())?;
    sealer.remove_leftovers()?;
    let logged_bytes = log.len();
    let mut meter = Meter::new(progress, logged_bytes, Instant::now());
    let mut can_seal = true;
    let replayed = log.replay(data_dir.file_len, |group| {
        let mut spans = 0;
        if group.lsn.0 > sealer.sealed_group() {
            spans = restore(&group, contents)?;
            if let Some(blocks) = contents.begin_to_move() {
                contents.move_to_columns(&blocks);
            }
            // A log of more than the head holds, such as of a program that knew no segments.
            if can_seal && bounds.are_reached(contents.head_size()) {
                can_seal = seal_replayed(group.lsn.0, sealer, contents);
            }
        }
        meter.advance(group.len, spans, Instant::now());
        Ok(())
    })?;
    meter.finish();
    if let Some((file, offset)) = replayed.torn {
        tracing::warn!(
            "{} ends at byte {offset} with a group of records that is not whole, and it is left \
             out. If Clew was killed or the power failed as it wrote, the group was not \
             acknowledged; if the disk has damaged it since, it was. Its bytes stay in the file",
            file.display()
        );
    }
    sealer.check_log_end(replayed.wal.next().0)?;
    Ok((replayed.wal, logged_bytes))
}

/// Seals all that was replayed so far; whether that can be done.
fn seal_replayed(group: u64, sealer: &mut Sealer, contents: &Contents) -> bool {
    let Some(frozen) = contents.freeze() else {
        return true;
    };
    match sealer.seal(&frozen, group, contents) {
        Ok(()) => true,
        Err(error) => {
            let why = describe(&error);
            tracing::warn!("all that the log holds stays in memory: {why}");
            contents.thaw();
            false
        }
    }
}

/// Puts the group's spans into the head, and says how many there were.
fn restore(group: &ReplayedGroup<'_>, contents: &Contents) -> Result<u64, DiskError> {
    let mut spans = 0;
    for record in group.records() {
        let (offset, record) = record?;
        match record.signal {
            Signal::Traces => {
                // A copy, since the batch would keep the whole file in memory.
                let request = Bytes::copy_from_slice(record.payload);
                let decoded = clew_otlp::decode_traces(request)
                    .map_err(|error| corrupt(group.file, offset, error.to_string()))?;
                spans += decoded.batch.len() as u64;
                contents.append(decoded.batch);
            }
        }
    }
    Ok(spans)
}

#[async_trait]
impl TraceStore for LocalStore {
    async fn append(&self, batch: Batch) -> Result<Position, StoreError> {
        if batch.is_empty() {
            // A request without a valid span is not worth a sync.
            return Ok(self.contents.append(batch));
        }
        self.committer.append(batch).await
    }

    async fn snapshot(&self, context: QueryContext) -> Result<Arc<dyn TraceSnapshot>, StoreError> {
        Ok(Arc::new(self.contents.snapshot(context)))
    }
}
