//! The store: the log, the head, and the segments.

#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use clew_model::{Batch, LogBatch};
use clew_store::{
    LogSnapshot, LogStore, MemoryBudget, Position, QueryContext, StoreError, TraceSnapshot,
    TraceStore,
};

use crate::batch::SignalBatch;
use crate::clock::Clock;
use crate::commit::{Committer, HeadBounds, Keeper, Pipeline};
use crate::contents::Contents;
use crate::disk::{self, Disk, MemoryDisk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, describe, io_error};
use crate::head::{ColumnsThread, table_rows};
use crate::lock::DirLock;
use crate::progress::{Meter, Progress};
use crate::seal::{Bounds, Place, SEGMENTS_DIR, Sealer, Sealing, WAL_DIR, dir_of};
use crate::segment::SegmentCache;
use crate::snapshot::{ResultCache, Turns};
use crate::wal::{Log, Record, ReplayedGroup, Signal, Wal};

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

/// A store of spans and log records, in a directory of its own, or in memory alone.
///
/// What was acknowledged survives the end of the process and of the power (W1), unless it is kept in
/// memory alone. The newest rows are in memory, the others in segments.
#[derive(Debug)]
pub struct LocalStore {
    committer: Committer,
    pub(crate) contents: Arc<Contents<Batch>>,
    pub(crate) logs: Arc<Contents<LogBatch>>,
}

impl LocalStore {
    /// A store that ends with its process.
    ///
    /// # Errors
    /// If the operating system has no thread for it.
    pub fn in_memory(options: &Options) -> Result<Self, OpenError> {
        let dir = Path::new("/");
        let data_dir = DataDir {
            disk: Arc::new(MemoryDisk::default()),
            dir,
            file_len: WAL_FILE_LEN,
            clock: Clock::default(),
        };
        let (spans, logs) = open_segments(&data_dir, options)?;
        Self::start(None, 0, spans, logs, options, None)
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
        let segments = [Signal::Traces, Signal::Logs];
        let segments = segments.map(|signal| dir_of(dir, signal).join(SEGMENTS_DIR));
        for made in [dir.join(WAL_DIR)].into_iter().chain(segments) {
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
        let (mut spans, mut logs) = open_segments(data_dir, options)?;
        let wal = replay(data_dir, &mut spans, &mut logs, progress)?;
        let last_group = wal.next().0 - 1;
        Self::start(Some(wal), last_group, spans, logs, options, lock)
            .map_err(|error| io_error("start a thread for", data_dir.dir)(error).into())
    }

    fn start(
        wal: Option<Wal>,
        last_group: u64,
        spans: Opened<Batch>,
        logs: Opened<LogBatch>,
        options: &Options,
        lock: Option<DirLock>,
    ) -> std::io::Result<Self> {
        let (contents, of_logs) = (Arc::clone(&spans.contents), Arc::clone(&logs.contents));
        let keeper = Keeper {
            wal,
            spans: spans.start(options)?,
            logs: logs.start(options)?,
            memory: options.memory.clone(),
            last_group,
            released_group: 0,
            needs_room: false,
        };
        Ok(Self {
            committer: Committer::start(keeper, lock)?,
            contents,
            logs: of_logs,
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

/// What there is of one signal, before threads work on it.
struct Opened<B: SignalBatch> {
    sealer: Sealer,
    contents: Arc<Contents<B>>,
    bounds: HeadBounds,
    /// How many bytes of requests the log has.
    logged_bytes: u64,
    /// Whether what is replayed can be sealed.
    can_seal: bool,
}

/// Opens the segments of both signals.
fn open_segments(
    data_dir: &DataDir<'_>,
    options: &Options,
) -> Result<(Opened<Batch>, Opened<LogBatch>), OpenError> {
    let place = Place {
        disk: Arc::clone(&data_dir.disk),
        dir: data_dir.dir.to_owned(),
        bounds: options.kept(),
        clock: data_dir.clock.clone(),
        cache: Arc::new(SegmentCache::new(&options.memory)),
        usage: Arc::default(),
    };
    let turns = Arc::new(Turns::of_this_machine());
    let results = Arc::new(ResultCache::new(&options.memory));
    let spans = Opened::new(&place, options, &turns, &results)?;
    let logs = Opened::new(&place, options, &turns, &results)?;
    Ok((spans, logs))
}

impl<B: SignalBatch> Opened<B> {
    fn new(
        place: &Place,
        options: &Options,
        turns: &Arc<Turns>,
        results: &Arc<ResultCache>,
    ) -> Result<Self, OpenError> {
        let (sealer, opened) = Sealer::open(place, B::SIGNAL)?;
        let contents = Contents::new(
            opened,
            sealer.next_position(),
            &place.clock,
            table_rows(options.head_spans),
            turns,
            results,
        );
        Ok(Self {
            sealer,
            contents: Arc::new(contents),
            bounds: options.bounds(),
            logged_bytes: 0,
            can_seal: true,
        })
    }

    /// Starts the threads.
    fn start(self, options: &Options) -> std::io::Result<Pipeline<B>> {
        self.contents.begin();
        Ok(Pipeline {
            columns: ColumnsThread::start(Arc::clone(&self.contents))?,
            sealing: Sealing::start(self.sealer, Arc::clone(&self.contents))?,
            heads: options.memory.share(),
            contents: self.contents,
            bounds: self.bounds,
            logged_bytes: self.logged_bytes,
        })
    }

    /// Puts a request of the log into the head, if it is in no segment; how many rows it has.
    fn restore(
        &self,
        group: &ReplayedGroup<'_>,
        offset: u64,
        payload: &[u8],
    ) -> Result<u64, DiskError> {
        let is_sealed = group.lsn.0 <= self.sealer.sealed_group();
        if is_sealed && B::SIGNAL == Signal::Traces {
            // A span that is there twice is shown once.
            return Ok(0);
        }
        // A copy, since the batch would keep the whole file in memory.
        let batch = B::decode(Bytes::copy_from_slice(payload))
            .map_err(|error| corrupt(group.file, offset, error.to_string()))?;
        if is_sealed {
            self.contents.recognise(&batch);
            return Ok(0);
        }
        let rows = batch.len() as u64;
        self.contents.append(batch);
        Ok(rows)
    }

    /// Makes room for the next group, if what was replayed is more than the head holds.
    fn make_room(&mut self, group: u64) {
        if let Some(blocks) = self.contents.begin_to_move() {
            self.contents.move_to_columns(&blocks);
        }
        if self.can_seal && self.bounds.are_reached(self.contents.head_size()) {
            self.can_seal = self.seal(group);
        }
    }

    /// Seals all that was replayed so far; whether that can be done.
    fn seal(&mut self, group: u64) -> bool {
        let Some(frozen) = self.contents.freeze() else {
            return true;
        };
        match self.sealer.seal(&frozen, group, &self.contents) {
            Ok(()) => true,
            Err(error) => {
                let why = describe(&error);
                tracing::warn!("all that the log holds stays in memory: {why}");
                self.contents.thaw();
                false
            }
        }
    }
}

/// Replays what of the log is in no segment, and goes on with the log.
fn replay(
    data_dir: &DataDir<'_>,
    spans: &mut Opened<Batch>,
    logs: &mut Opened<LogBatch>,
    progress: impl FnMut(Progress),
) -> Result<Wal, OpenError> {
    let dir = data_dir.dir.join(WAL_DIR);
    let log = Log::find(Arc::clone(&data_dir.disk), &dir)?;
    logs.sealer.begin_at(log.first().0);
    for sealer in [&mut spans.sealer, &mut logs.sealer] {
        sealer.check_log_begin(log.first().0)?;
        sealer.check_segments(log.has_first_group())?;
        sealer.remove_leftovers()?;
    }
    let logged_bytes = log.len();
    (spans.logged_bytes, logs.logged_bytes) = (logged_bytes, logged_bytes);
    let mut meter = Meter::new(progress, logged_bytes, Instant::now());
    let replayed = log.replay(data_dir.file_len, |group| {
        let mut rows = 0;
        for record in group.records() {
            let (offset, Record { signal, payload }) = record?;
            rows += match signal {
                Signal::Traces => spans.restore(&group, offset, payload)?,
                Signal::Logs => logs.restore(&group, offset, payload)?,
            };
        }
        spans.make_room(group.lsn.0);
        logs.make_room(group.lsn.0);
        meter.advance(group.len, rows, Instant::now());
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
    let next = replayed.wal.next().0;
    spans.sealer.check_log_end(next)?;
    logs.sealer.check_log_end(next)?;
    Ok(replayed.wal)
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

#[async_trait]
impl LogStore for LocalStore {
    async fn append_logs(&self, batch: LogBatch) -> Result<Position, StoreError> {
        if batch.is_empty() {
            return Ok(self.logs.append(batch));
        }
        self.committer.append(batch).await
    }

    async fn log_snapshot(
        &self,
        context: QueryContext,
    ) -> Result<Arc<dyn LogSnapshot>, StoreError> {
        Ok(Arc::new(self.logs.snapshot(context)))
    }
}
