//! A segment that is open for reading.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clew_model::TraceId;
use parquet::bloom_filter::Sbbf;

use super::cache::{PageId, SegmentCache, SegmentId};
use super::directory::{ColumnEntry, Directory, Extent, Layout, PageEntry};
use super::write::bloom_filter_key;
use super::{decode, text_filter, trace_index};
use crate::columns::{
    ColumnKey, ColumnReader, ColumnRows, Columnar, PageBounds, Part, Summary, Values, Words,
    signal_of,
};
use crate::disk::DiskReader;
use crate::error::{DiskError, corrupt, io_error};
use crate::wal::Signal;

/// A segment, of which the directory is in memory and the rest is read when it is asked for.
pub(crate) struct Segment {
    reader: Box<dyn DiskReader>,
    file: PathBuf,
    number: u64,
    directory: Directory,
    signal: Signal,
    id: SegmentId,
    cache: Arc<SegmentCache>,
    /// Read when it is first asked for.
    bloom_filter: OnceLock<Sbbf>,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Segment").field(&self.file).finish()
    }
}

impl Segment {
    /// Opens a segment whose directory is at this place.
    pub(crate) fn open(
        reader: Box<dyn DiskReader>,
        file: &Path,
        location: Extent,
        cache: &Arc<SegmentCache>,
    ) -> Result<Self, DiskError> {
        let bytes = read(&*reader, file, location)?;
        let directory = Directory::decode(&bytes)
            .map_err(|error| corrupt(file, location.offset, format!("a directory: {error}")))?;
        Ok(Self::new(reader, file, directory, cache))
    }

    /// A segment with this directory.
    pub(crate) fn new(
        reader: Box<dyn DiskReader>,
        file: &Path,
        directory: Directory,
        cache: &Arc<SegmentCache>,
    ) -> Self {
        Self {
            reader,
            file: file.to_owned(),
            number: 0,
            signal: signal_of(directory.columns.iter().map(|column| &column.key)),
            directory,
            id: SegmentId::new(),
            cache: Arc::clone(cache),
            bloom_filter: OnceLock::new(),
        }
    }

    /// With the number that names its file.
    pub(crate) fn with_number(self, number: u64) -> Self {
        Self { number, ..self }
    }

    /// What names its file.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// How many bytes its longest column has before it is compressed.
    pub(crate) fn longest_column(&self) -> u64 {
        let lens = self.directory.columns.iter().map(|column| {
            let pages = column.dictionary.iter().chain(&column.pages);
            pages.map(|page| u64::from(page.values_len)).sum::<u64>()
        });
        lens.max().unwrap_or(0)
    }

    /// Where everything is.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(super) fn entry(&self, column: usize) -> &ColumnEntry {
        &self.directory.columns[column]
    }

    /// The pages of a column that have any of these rows, each with its first row.
    pub(super) fn pages_from(
        &self,
        column: usize,
        rows: &Range<u32>,
    ) -> impl Iterator<Item = (u32, &PageEntry)> {
        let (first, end) = (rows.start, rows.end);
        let mut next = 0;
        let pages = self.entry(column).pages.iter().map(move |page| {
            let start = next;
            next += page.rows;
            (start, page)
        });
        pages
            .skip_while(move |(start, page)| start + page.rows <= first)
            .take_while(move |(start, _)| *start < end)
    }

    /// The row after the last one of the page that has this row.
    fn page_end(&self, column: usize, row: u32) -> u32 {
        let page = self.pages_from(column, &(row..row + 1)).next();
        page.map_or(self.rows(), |(start, page)| start + page.rows)
    }

    /// The page as it is stored, with its header.
    pub(super) fn page(&self, page: &PageEntry) -> Result<Vec<u8>, DiskError> {
        self.read(page.extent)
    }

    pub(super) fn cache(&self) -> &SegmentCache {
        &self.cache
    }

    /// Names the page in the cache.
    pub(super) fn page_id(&self, page: &PageEntry) -> PageId {
        self.id.page(page.extent.offset)
    }

    fn read(&self, extent: Extent) -> Result<Vec<u8>, DiskError> {
        read(&*self.reader, &self.file, extent)
    }

    pub(super) fn corrupt(&self, extent: Extent, what: impl Into<String>) -> DiskError {
        corrupt(&self.file, extent.offset, what)
    }
}

impl Columnar for Segment {
    fn segment_id(&self) -> Option<u64> {
        Some(self.id.number())
    }

    fn rows(&self) -> u32 {
        self.directory.rows
    }

    fn summary(&self) -> &Summary {
        &self.directory.summary
    }

    fn column_count(&self) -> usize {
        self.directory.columns.len()
    }

    fn key(&self, column: usize) -> &ColumnKey {
        &self.entry(column).key
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Values>>, DiskError> {
        decode::dictionary(self, column)
    }

    fn is_sorted(&self, column: usize) -> bool {
        self.entry(column).layout == Layout::SortedDictionary
    }

    fn decode(
        &self,
        column: usize,
        dictionary: Option<&Arc<Values>>,
        ranges: &[Range<u32>],
    ) -> Result<ColumnRows, DiskError> {
        decode::decode(self, column, dictionary, ranges)
    }

    fn words(&self, column: usize, rows: &Range<u32>) -> Result<Words, DiskError> {
        decode::words(self, column, rows)
    }

    fn pages(&self, column: usize, rows: &Range<u32>) -> Vec<PageBounds> {
        let pages = self.pages_from(column, rows);
        pages.map(|(first, page)| page.bounds_from(first)).collect()
    }

    fn may_have(&self, id: TraceId) -> Result<bool, DiskError> {
        let filter = if let Some(filter) = self.bloom_filter.get() {
            filter
        } else {
            let extent = self.directory.bloom_filter;
            let filter = Sbbf::from_bytes(&self.read(extent)?);
            let filter = filter.map_err(|error| self.corrupt(extent, error.to_string()))?;
            self.bloom_filter.get_or_init(|| filter)
        };
        Ok(filter.check(&bloom_filter_key(id)[..]))
    }

    fn find(&self, ids: &[TraceId]) -> Result<Vec<(TraceId, Range<u32>)>, DiskError> {
        let mut wanted = Vec::new();
        for &id in ids {
            if self.may_have(id)? {
                wanted.push(id);
            }
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let index = self.read(self.directory.traces)?;
        // The index has the ends of ids. Whoever sends ids of one end finds all of them with each: their
        // rows are taken once.
        wanted.sort_unstable();
        let traces = self.summary().traces;
        let firsts = trace_index::distinct(&index, traces, wanted.clone()).into_iter();
        let firsts = firsts.flat_map(|id| trace_index::find(&index, traces, id));
        let mut firsts: Vec<u32> = firsts.collect();
        firsts.sort_unstable();
        firsts.dedup();
        let mut pages = TraceIdPages::new(self)?;
        let mut found = Vec::new();
        for first in firsts {
            let id = pages.id_of(first)?;
            let Some(id) = id.filter(|id| wanted.binary_search(id).is_ok()) else {
                continue;
            };
            let end = pages.end_of(id, first)?;
            if end > first {
                found.push((id, first..end));
            }
        }
        Ok(found)
    }

    fn rows_with_text(
        &self,
        column: usize,
        text: &str,
    ) -> Result<Option<Vec<Range<u32>>>, DiskError> {
        let Some(entry) = &self.directory.text_filter else {
            return Ok(None);
        };
        if entry.column as usize != column {
            return Ok(None);
        }
        let grams = text_filter::grams_of_query(text);
        if grams.is_empty() {
            return Ok(None);
        }
        // The pages are whole though what tells of them is not; `verify` names it.
        let Ok(filter) = self.read(entry.extent) else {
            return Ok(None);
        };
        let all = 0..self.rows();
        let of_column: Vec<_> = self.pages_from(column, &all).collect();
        let may_have = text_filter::pages_with(&filter, &grams);
        let Some(may_have) = may_have.filter(|it| it.len() == of_column.len()) else {
            return Ok(None);
        };
        let rows = of_column.into_iter().zip(may_have);
        let rows = rows.filter(|(_, may_have)| *may_have);
        let rows = rows.map(|((first, page), _)| first..first + page.rows);
        Ok(Some(rows.collect()))
    }

    fn signal(&self) -> Signal {
        self.signal
    }

    fn contradiction(&self, what: &str) -> DiskError {
        corrupt(&self.file, 0, what)
    }
}

/// Reads what is at this place, and checks that it is what was written.
fn read(reader: &dyn DiskReader, file: &Path, extent: Extent) -> Result<Vec<u8>, DiskError> {
    let mut bytes = vec![0; extent.len as usize];
    reader
        .read_at(&mut bytes, extent.offset)
        .map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                let what = format!(
                    "the file ends before the {} bytes from there do",
                    extent.len
                );
                corrupt(file, extent.offset, what)
            }
            _ => io_error("read", file)(error),
        })?;
    if crc32fast::hash(&bytes) != extent.crc {
        let what = format!("the checksum of {} bytes is wrong", extent.len);
        return Err(corrupt(file, extent.offset, what));
    }
    Ok(bytes)
}

/// The ids of traces, a page at a time: neighbours are in the same.
struct TraceIdPages<'a> {
    segment: &'a Segment,
    reader: ColumnReader,
    rows: Range<u32>,
    ids: Option<ColumnRows>,
}

impl<'a> TraceIdPages<'a> {
    fn new(segment: &'a Segment) -> Result<Self, DiskError> {
        let columns: &dyn Columnar = segment;
        let column = columns.column(&ColumnKey::Part(Part::TraceId));
        let column = column.ok_or_else(|| segment.contradiction("there are no ids of traces"))?;
        Ok(Self {
            segment,
            reader: ColumnReader::new(segment, column)?,
            rows: 0..0,
            ids: None,
        })
    }

    /// The trace of this row.
    fn id_of(&mut self, row: u32) -> Result<Option<TraceId>, DiskError> {
        let id = |bytes: &[u8]| TraceId::from_bytes(bytes.try_into().ok()?);
        Ok(self.page_of(row)?.get(row).and_then(id))
    }

    /// The page that has this row.
    fn page_of(&mut self, row: u32) -> Result<&ColumnRows, DiskError> {
        let ids = match self.ids.take() {
            Some(ids) if self.rows.contains(&row) => ids,
            _ => {
                self.rows = row..self.segment.page_end(self.reader.column(), row);
                self.reader.read(self.segment, self.rows.clone())?
            }
        };
        Ok(self.ids.insert(ids))
    }

    /// The row after the last of the rows from this one on that are of this trace.
    fn end_of(&mut self, id: TraceId, first: u32) -> Result<u32, DiskError> {
        let wanted = id.to_bytes();
        let mut row = first;
        while row < self.segment.rows() {
            let ids = self.page_of(row)?;
            let is_other = |row: u32| ids.get(row) != Some(&wanted[..]);
            let mut rows = row..ids.end();
            if let Some(other) = rows.find(|&row| is_other(row)) {
                return Ok(other);
            }
            row = ids.end();
        }
        Ok(row)
    }
}
