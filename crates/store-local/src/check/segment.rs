//! A segment, byte by byte.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use clew_model::TraceId;
use clew_store::MemoryBudget;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::columns::{Columnar, LogRows, Projection, Rows};
use crate::disk::Disk;
use crate::error::{DiskError, corrupt, io_error};
use crate::manifest::SegmentEntry;
use crate::seal::NAME_END;
use crate::segment::{DIRECTORY_KEY, Extent, Segment, SegmentCache};
use crate::wal::Signal;

/// Log records are read so many at a time.
const CHUNK_ROWS: usize = 8192;

/// With what a Parquet file begins and ends.
const MAGIC: &[u8] = b"PAR1";

pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:016}{NAME_END}"))
}

/// Checks that the file is what was written, and that its columns make spans; how many there are.
/// Where its directory is, the manifest says, or else the file itself.
pub(super) fn check(
    disk: &Arc<dyn Disk>,
    path: &Path,
    entry: Option<&SegmentEntry>,
) -> Result<u64, DiskError> {
    let bytes = disk.read(path, u64::MAX).map_err(io_error("read", path))?;
    let bytes = Bytes::from(bytes);
    if let Some(entry) = entry
        && entry.len != bytes.len() as u64
    {
        let what = format!(
            "the file ends here; it was written with {} bytes",
            entry.len
        );
        return Err(corrupt(path, bytes.len() as u64, what));
    }
    let location = match entry {
        Some(entry) => entry.directory,
        None => find_directory(path, &bytes)?,
    };
    let segment = open(disk, path, location)?;
    check_parts(&segment, path, &bytes)?;
    match segment.signal() {
        Signal::Traces => check_spans(&segment, path)?,
        Signal::Logs => check_log_records(&segment, path)?,
    }
    check_rest(path, &bytes, location, entry)?;
    Ok(segment.rows().into())
}

/// Opens a segment whose directory is there.
pub(super) fn open(
    disk: &Arc<dyn Disk>,
    path: &Path,
    location: Extent,
) -> Result<Segment, DiskError> {
    let reader = disk.reader(path).map_err(io_error("open", path))?;
    let cache = Arc::new(SegmentCache::new(&MemoryBudget::default()));
    Segment::open(reader, path, location, &cache)
}

/// Where the directory is, by the metadata of Parquet.
pub(super) fn find_directory(path: &Path, bytes: &Bytes) -> Result<Extent, DiskError> {
    let file = SerializedFileReader::new(bytes.clone());
    let file = file.map_err(|error| corrupt(path, 0, format!("no Parquet file: {error}")))?;
    let metadata = file.metadata().file_metadata();
    let values = metadata.key_value_metadata().into_iter().flatten();
    let mut ours = values.filter(|value| value.key == DIRECTORY_KEY);
    let value = ours.next().and_then(|value| value.value.as_deref());
    let extent = value.and_then(|value| {
        let mut numbers = value.split(' ');
        Some(Extent {
            offset: numbers.next()?.parse().ok()?,
            len: numbers.next()?.parse().ok()?,
            crc: numbers.next()?.parse().ok()?,
        })
    });
    extent.ok_or_else(|| corrupt(path, 0, "its metadata does not say where its directory is"))
}

/// Each part that has a checksum has it.
fn check_parts(segment: &Segment, path: &Path, bytes: &Bytes) -> Result<(), DiskError> {
    for extent in segment.directory().extents() {
        let start = usize::try_from(extent.offset).unwrap_or(usize::MAX);
        let part = bytes.get(start..start.saturating_add(extent.len as usize));
        if part.map(crc32fast::hash) != Some(extent.crc) {
            let what = format!("the checksum of {} bytes is wrong", extent.len);
            return Err(corrupt(path, extent.offset, what));
        }
    }
    Ok(())
}

/// The columns make spans, and each trace is found where its spans are.
fn check_spans(segment: &Segment, path: &Path) -> Result<(), DiskError> {
    let mut row = 0;
    let mut traces: Vec<(TraceId, u32)> = Vec::new();
    while row < segment.rows() {
        let read = Rows::read(segment, row..segment.rows(), &Projection::ALL)?;
        for (span, _) in read.iter() {
            let id = span.trace_id();
            if traces.last().is_none_or(|(last, _)| *last != id) {
                traces.push((id, row));
            }
            row += 1;
        }
    }
    let ids: Vec<TraceId> = traces.iter().map(|(id, _)| *id).collect();
    let found = segment.find(&ids)?;
    let found = found.iter().map(|(id, rows)| (*id, rows.start));
    if !found.eq(traces) {
        let what = "the index of traces does not lead to all of them";
        return Err(corrupt(path, 0, what));
    }
    Ok(())
}

/// The columns make log records, which lie in their order.
fn check_log_records(segment: &Segment, path: &Path) -> Result<(), DiskError> {
    let all: Vec<u32> = (0..segment.rows()).collect();
    let mut last = None;
    for rows in all.chunks(CHUNK_ROWS) {
        let read = LogRows::read(segment, rows, &Projection::ALL)?;
        for (_, place) in read.iter().flat_map(LogRows::iter) {
            if last.is_some_and(|last| place <= last) {
                return Err(corrupt(path, 0, "the log records are not in their order"));
            }
            last = Some(place);
        }
    }
    Ok(())
}

/// What only other readers of Parquet need.
fn check_rest(
    path: &Path,
    bytes: &Bytes,
    location: Extent,
    entry: Option<&SegmentEntry>,
) -> Result<(), DiskError> {
    if !bytes.starts_with(MAGIC) {
        return Err(corrupt(path, 0, "the magic number of Parquet is wrong"));
    }
    let end = location.offset + u64::from(location.len);
    let is_whole = entry.and_then(|entry| entry.crc);
    if is_whole.is_some_and(|crc| crc != crc32fast::hash(bytes)) {
        let what = "the checksum of the whole file is wrong, and all before this byte is right: \
                    other readers of Parquet may fail, and nothing is lost";
        return Err(corrupt(path, end, what));
    }
    if find_directory(path, bytes)? != location {
        let what = "the metadata of Parquet says that the directory is elsewhere";
        return Err(corrupt(path, end, what));
    }
    Ok(())
}
