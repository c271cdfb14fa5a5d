//! A column in Parquet's pages, written from codes.

use std::ops::Range;

use bytes::Bytes;
use parquet::basic::{CompressionCodec, Encoding, EncodingMask};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::codec::{encode_codes, encode_delta, pack_bits};
use super::directory::{ColumnEntry, Extent, Layout, PageEntry};
use super::leaf::{Data, Leaf};
use super::schema::Physical;
use crate::columns::{ColumnKey, Part, Values};

/// How many rows a page has at most. Fewer cost bytes (2 a span at 2,048 rows), and whoever wants a
/// single span reads a page of each column.
const PAGE_ROWS_MAX: usize = 8192;

/// A page ends with the value that makes its values this long: whoever wants one of them decompresses
/// all.
const PAGE_LEN: usize = 128 << 10;

/// Longer values are no bounds in Parquet's index of pages: it is read whole by whoever opens a file.
const BOUND_LEN_MAX: usize = 64;

/// A column as it is in a file.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The pages, one after the other.
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
    /// Offsets are those in the file.
    pub(super) entry: ColumnEntry,
}

/// Writes one column after the other.
pub(super) struct ChunkWriter {
    /// Used again and again, since to make one costs as much as to compress a page.
    compressor: Compressor<'static>,
}

impl ChunkWriter {
    pub(super) fn new() -> Result<Self> {
        // Level 3 saves 0.1 bytes a span and costs a quarter more.
        let compressor = Compressor::new(1)?;
        Ok(Self { compressor })
    }

    /// The column, which begins at this place of the file and has so many rows.
    pub(super) fn write(
        &mut self,
        leaf: &Leaf,
        descriptor: ColumnDescPtr,
        rows: usize,
        offset: u64,
    ) -> Result<Chunk> {
        let mut pages = Pages::new(leaf, offset, &mut self.compressor);
        if pages.layout.is_dictionary() {
            pages.write_dictionary()?;
        }
        let mut at = Place::default();
        while at.row < rows {
            let page = pages.next(at, rows);
            pages.write_data(&page)?;
            at = page.end;
        }
        pages.finish(descriptor, rows)
    }
}

impl std::fmt::Debug for ChunkWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkWriter").finish_non_exhaustive()
    }
}

/// A place in a column: how many rows, and how many values, are before it.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    row: usize,
    value: usize,
}

/// What goes into one page.
#[derive(Debug)]
struct PageRange {
    start: Place,
    end: Place,
}

impl PageRange {
    fn values(&self) -> Range<usize> {
        self.start.value..self.end.value
    }

    fn rows(&self) -> Range<usize> {
        self.start.row..self.end.row
    }
}

/// The pages of one column on their way.
struct Pages<'a> {
    leaf: &'a Leaf,
    physical: Physical,
    layout: Layout,
    codec: CompressionCodec,
    compressor: &'a mut Compressor<'static>,
    sink: TrackedWrite<Vec<u8>>,
    /// Where in the file the column begins.
    offset: u64,
    entry: ColumnEntry,
    /// How many bytes all pages have before they are compressed.
    uncompressed_len: usize,
    offset_index: OffsetIndexBuilder,
    column_index: ColumnIndexBuilder,
}

impl<'a> Pages<'a> {
    fn new(leaf: &'a Leaf, offset: u64, compressor: &'a mut Compressor<'static>) -> Self {
        let layout = layout(leaf);
        let physical = Physical::of(&leaf.key);
        Self {
            leaf,
            physical,
            layout,
            codec: codec(&leaf.key, layout),
            compressor,
            sink: TrackedWrite::new(Vec::new()),
            offset,
            entry: ColumnEntry {
                key: leaf.key.clone(),
                layout,
                dictionary: None,
                pages: Vec::new(),
            },
            uncompressed_len: 0,
            offset_index: OffsetIndexBuilder::new(),
            column_index: ColumnIndexBuilder::new(physical.parquet()),
        }
    }

    fn write_dictionary(&mut self) -> Result<()> {
        let Data::Codes { values, .. } = &self.leaf.data else {
            return Ok(());
        };
        let mut plain = Vec::with_capacity(values.bytes_len() + values.len() * 4);
        for value in values.iter() {
            push_plain(self.physical, value, &mut plain)?;
        }
        let stored = self.compressor.compress(&plain)?;
        // A dictionary does not say whether it is compressed: the column does.
        let page = Page::DictionaryPage {
            buf: stored.into(),
            num_values: u32::try_from(values.len())?,
            encoding: Encoding::PLAIN,
            is_sorted: self.layout == Layout::SortedDictionary,
        };
        let entry = PageEntry {
            rows: u32::try_from(values.len())?,
            values: u32::try_from(values.len())?,
            ..self.write_page(page, plain.len(), 0)?
        };
        self.entry.dictionary = Some(entry);
        Ok(())
    }

    /// The page that begins here.
    fn next(&self, start: Place, rows: usize) -> PageRange {
        let rows = start.row..rows.min(start.row + PAGE_ROWS_MAX);
        let levels = self.leaf.levels.as_ref();
        let present = levels.map_or(rows.len(), |levels| levels.count(rows.clone()));
        let mut end = Place {
            row: rows.end,
            value: start.value + present,
        };
        if let (Layout::Plain, Data::Codes { codes, values, .. }) = (self.layout, &self.leaf.data) {
            end = start;
            let mut len = 0;
            while end.row < rows.end && len < PAGE_LEN {
                let is_present = levels.is_none_or(|levels| levels.contains(end.row));
                end.row += 1;
                if is_present {
                    len += value_of(values, codes[end.value]).len();
                    end.value += 1;
                }
            }
        }
        PageRange { start, end }
    }

    fn write_data(&mut self, range: &PageRange) -> Result<()> {
        let mut levels = Vec::new();
        if let Some(all) = &self.leaf.levels {
            all.encode(range.rows(), &mut levels);
        }
        let values = self.encode(range.values())?;
        let compressed = match self.codec {
            CompressionCodec::ZSTD => Some(self.compressor.compress(&values)?),
            _ => None,
        };
        let compressed = compressed.filter(|compressed| compressed.len() < values.len());
        let (row_count, value_count) = (range.rows().len(), range.values().len());
        let stored = [&levels[..], compressed.as_deref().unwrap_or(&values)].concat();
        let page = Page::DataPageV2 {
            buf: stored.into(),
            num_values: u32::try_from(row_count)?,
            encoding: encoding(self.layout),
            num_nulls: u32::try_from(row_count - value_count)?,
            num_rows: u32::try_from(row_count)?,
            def_levels_byte_len: u32::try_from(levels.len())?,
            rep_levels_byte_len: 0,
            is_compressed: compressed.is_some(),
            statistics: None,
        };
        let bounds = self.bounds(range.values());
        let entry = PageEntry {
            rows: u32::try_from(row_count)?,
            values: u32::try_from(value_count)?,
            levels_len: u32::try_from(levels.len())?,
            values_len: u32::try_from(values.len())?,
            bounds,
            ..self.write_page(page, levels.len() + values.len(), levels.len())?
        };
        self.index(&entry, row_count - value_count)?;
        self.entry.pages.push(entry);
        Ok(())
    }

    /// Writes the page, which had so many bytes before it was compressed, and says where it is.
    fn write_page(
        &mut self,
        page: Page,
        uncompressed_len: usize,
        levels_len: usize,
    ) -> Result<PageEntry> {
        let body_len = page.buffer().len();
        let page = CompressedPage::new(page, uncompressed_len);
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed_len += spec.uncompressed_size;
        let len = u32::try_from(spec.bytes_written)?;
        Ok(PageEntry {
            extent: Extent {
                offset: self.offset + spec.offset,
                len,
                // When the whole column is there.
                crc: 0,
            },
            header_len: len - u32::try_from(body_len)?,
            rows: 0,
            values: 0,
            levels_len: u32::try_from(levels_len)?,
            values_len: u32::try_from(uncompressed_len - levels_len)?,
            bounds: None,
        })
    }

    fn encode(&self, range: Range<usize>) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        match &self.leaf.data {
            Data::Words(words) => encode_delta(&words[range], &mut out),
            Data::Fixed(bytes) => {
                let width = self.physical.width().unwrap_or(1);
                out.extend_from_slice(&bytes[range.start * width..range.end * width]);
            }
            Data::Codes { codes, values, .. } if self.layout.is_dictionary() => {
                let max = u32::try_from(values.len().saturating_sub(1))?;
                encode_codes(&codes[range], max, &mut out);
            }
            Data::Codes { codes, values, .. } => {
                let codes = &codes[range];
                if self.physical == Physical::Bool {
                    let is_true = |&code: &u32| value_of(values, code) == 1_u64.to_le_bytes();
                    pack_bits(codes.iter().map(is_true), &mut out);
                } else {
                    for &code in codes {
                        push_plain(self.physical, value_of(values, code), &mut out)?;
                    }
                }
            }
        }
        Ok(out)
    }

    fn bounds(&self, range: Range<usize>) -> Option<(u64, u64)> {
        let bounds = |words: &mut dyn Iterator<Item = u64>| {
            let first = words.next()?;
            Some(words.fold((first, first), |(min, max), word| {
                (min.min(word), max.max(word))
            }))
        };
        match &self.leaf.data {
            Data::Words(words) => bounds(&mut words[range].iter().copied()),
            Data::Codes { codes, .. } if self.layout == Layout::SortedDictionary => {
                bounds(&mut codes[range].iter().map(|&code| code.into()))
            }
            Data::Fixed(_) | Data::Codes { .. } => None,
        }
    }

    /// Adds the page to Parquet's own index.
    fn index(&mut self, entry: &PageEntry, nulls: usize) -> Result<()> {
        self.offset_index.append_row_count(entry.rows.into());
        let at = i64::try_from(entry.extent.offset - self.offset)?;
        let len = i32::try_from(entry.extent.len)?;
        self.offset_index.append_offset_and_size(at, len);
        let nulls = i64::try_from(nulls)?;
        if entry.values == 0 {
            let nans = (self.physical == Physical::Double).then_some(0);
            self.column_index
                .append(true, Vec::new(), Vec::new(), nulls, nans);
            return Ok(());
        }
        match entry.bounds.and_then(|bounds| self.parquet_bounds(bounds)) {
            Some((min, max)) => self.column_index.append(false, min, max, nulls, None),
            None => self.column_index.to_invalid(),
        }
        Ok(())
    }

    /// The bounds as Parquet has them, if it can: of doubles it cannot, since NaN has no place in
    /// its order.
    fn parquet_bounds(&self, (min, max): (u64, u64)) -> Option<(Vec<u8>, Vec<u8>)> {
        match &self.leaf.data {
            Data::Words(_) => Some((min.to_le_bytes().to_vec(), max.to_le_bytes().to_vec())),
            Data::Codes { values, .. } if self.physical != Physical::Double => {
                let bound = |code: u64| {
                    let value = value_of(values, u32::try_from(code).ok()?);
                    let value = self.physical.plain(value);
                    (value.len() <= BOUND_LEN_MAX).then(|| value.to_vec())
                };
                Some((bound(min)?, bound(max)?))
            }
            Data::Codes { .. } | Data::Fixed(_) => None,
        }
    }

    fn finish(mut self, descriptor: ColumnDescPtr, rows: usize) -> Result<Chunk> {
        let bytes = Bytes::from(self.sink.into_inner()?);
        let pages = self
            .entry
            .dictionary
            .iter_mut()
            .chain(&mut self.entry.pages);
        for page in pages {
            let start = usize::try_from(page.extent.offset - self.offset)?;
            let page_bytes = &bytes[start..start + page.extent.len as usize];
            page.extent.crc = crc32fast::hash(page_bytes);
        }
        let dictionary_len = self.entry.dictionary.map_or(0, |page| page.extent.len);
        let encodings = [encoding(self.layout), Encoding::PLAIN, Encoding::RLE];
        let metadata = ColumnChunkMetaData::builder(descriptor)
            .set_compression_codec(self.codec)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_total_compressed_size(i64::try_from(bytes.len())?)
            .set_total_uncompressed_size(i64::try_from(self.uncompressed_len)?)
            .set_num_values(i64::try_from(rows)?)
            .set_data_page_offset(dictionary_len.into())
            .set_dictionary_page_offset(self.entry.dictionary.map(|_| 0))
            .build()?;
        let column_index = self.column_index.valid().then(|| self.column_index.build());
        Ok(Chunk {
            close: ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: rows as u64,
                metadata,
                bloom_filter: None,
                column_index: column_index.transpose()?,
                offset_index: Some(self.offset_index.build()),
            },
            bytes,
            entry: self.entry,
        })
    }
}

fn layout(leaf: &Leaf) -> Layout {
    match &leaf.data {
        Data::Words(_) => Layout::Delta,
        Data::Codes { is_sorted, .. } if leaf.is_worth_a_dictionary() => {
            if *is_sorted {
                Layout::SortedDictionary
            } else {
                Layout::Dictionary
            }
        }
        Data::Fixed(_) | Data::Codes { .. } => Layout::Plain,
    }
}

fn encoding(layout: Layout) -> Encoding {
    match layout {
        Layout::Plain => Encoding::PLAIN,
        Layout::Delta => Encoding::DELTA_BINARY_PACKED,
        Layout::Dictionary | Layout::SortedDictionary => Encoding::RLE_DICTIONARY,
    }
}

/// Ids of spans are random, and nothing makes them shorter; codes of a dictionary are numbers.
fn codec(key: &ColumnKey, layout: Layout) -> CompressionCodec {
    match key {
        ColumnKey::Part(Part::SpanId | Part::ParentSpanId) if !layout.is_dictionary() => {
            CompressionCodec::UNCOMPRESSED
        }
        _ => CompressionCodec::ZSTD,
    }
}

fn value_of(values: &Values, code: u32) -> &[u8] {
    values.get(code as usize).unwrap_or_default()
}

/// Adds a value in Parquet's plain encoding.
fn push_plain(physical: Physical, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let value = physical.plain(value);
    if physical.width().is_none() {
        let len = i32::try_from(value.len())
            .map_err(|_| ParquetError::General("a value of more than 2 GiB".to_owned()))?;
        out.extend_from_slice(&len.to_le_bytes());
    }
    out.extend_from_slice(value);
    Ok(())
}
