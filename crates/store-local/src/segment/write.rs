//! Columns become a file.

use std::io::{self, Write};
use std::sync::Arc;

use clew_model::TraceId;
use parquet::bloom_filter::Sbbf;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use super::directory::{Directory, Extent, TextFilterEntry};
use super::merge::{Merge, Sources};
use super::pages::ChunkWriter;
use super::schema::schema;
use super::{DIRECTORY_KEY, text_filter, trace_index};
use crate::columns::{ColumnKey, Part};
use crate::error::DiskError;

/// How often the bloom filter says of a trace that it may be there though it is not. A missing trace
/// is looked for in every segment, and each that says so costs a look into its index.
const FALSE_POSITIVES: f64 = 0.01;

/// Parquet's magic number, with which a file begins.
const MAGIC_LEN: u64 = 4;

/// A segment that was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where the directory is.
    pub(crate) location: Extent,
    pub(crate) directory: Directory,
}

/// Why a segment could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// What it is made of cannot be read.
    #[error(transparent)]
    Source(#[from] DiskError),
    /// That of the sink, or a single value is longer than Parquet allows (2 GiB).
    #[error(transparent)]
    Sink(#[from] io::Error),
}

impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> Self {
        Self::Sink(error.into())
    }
}

impl From<std::num::TryFromIntError> for WriteError {
    fn from(error: std::num::TryFromIntError) -> Self {
        Self::Sink(io::Error::other(error))
    }
}

/// Writes the spans, or the log records, of these sources as one segment, and gives the sink back. A
/// span that is there twice is written once.
pub(crate) fn write<W: Write + Send>(
    sources: &Sources,
    sink: W,
) -> std::result::Result<(W, Written), WriteError> {
    let merge = Merge::new(sources)?;
    let keys = merge.keys();
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by(concat!("clew ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut file =
        SerializedFileWriter::new(sink, schema(keys, merge.signal())?, Arc::new(properties))?;
    let descriptors = file.schema_descr().columns().to_vec();

    let mut columns = Vec::with_capacity(keys.len());
    let bloom_filter = bloom_filter(&merge)?;
    let mut bloom_filter_bytes = Vec::new();
    bloom_filter.write(&mut bloom_filter_bytes)?;
    let mut bloom_filter = Some(bloom_filter);
    let mut chunks = ChunkWriter::new()?;
    let mut text_filter = None;
    let mut offset = MAGIC_LEN;
    let mut group = file.next_row_group()?;
    for (key, descriptor) in keys.iter().zip(descriptors) {
        let leaf = merge.leaf(key)?;
        let mut chunk = chunks.write(&leaf, descriptor, merge.rows(), offset)?;
        if *key == ColumnKey::Part(Part::TraceId) {
            chunk.close.bloom_filter = bloom_filter.take();
        }
        if *key == ColumnKey::Part(Part::Body) {
            let filter = text_filter::encode(&leaf, &chunk.entry);
            text_filter = filter.map(|filter| (columns.len(), filter));
        }
        offset += chunk.bytes.len() as u64;
        group.append_column(&chunk.bytes, chunk.close)?;
        columns.push(chunk.entry);
    }
    group.close()?;

    let text_filter = match text_filter {
        Some((column, filter)) => Some(TextFilterEntry {
            column: u32::try_from(column)?,
            extent: append(&mut file, &filter)?,
        }),
        None => None,
    };
    let directory = Directory {
        rows: u32::try_from(merge.rows())?,
        columns,
        // It comes right after the columns.
        bloom_filter: extent(offset, &bloom_filter_bytes)?,
        traces: append(&mut file, &trace_index::encode(merge.traces()))?,
        summary: merge.finish(),
        text_filter,
    };
    let encoded = directory
        .encode()
        .map_err(|error| ParquetError::External(Box::new(error)))?;
    let location = append(&mut file, &encoded)?;
    let Extent { offset, len, crc } = location;
    file.append_key_value_metadata(KeyValue::new(
        DIRECTORY_KEY.to_owned(),
        format!("{offset} {len} {crc}"),
    ));
    let sink = file.into_inner()?;
    Ok((
        sink,
        Written {
            location,
            directory,
        },
    ))
}

fn bloom_filter(merge: &Merge<'_>) -> Result<Sbbf> {
    let ids = merge.trace_ids();
    let mut filter = Sbbf::new_with_ndv_fpp(ids.len() as u64, FALSE_POSITIVES)?;
    for id in ids {
        filter.insert(&bloom_filter_key(id)[..]);
    }
    Ok(filter)
}

/// What a bloom filter knows of a trace: the value of the column.
pub(super) fn bloom_filter_key(id: TraceId) -> [u8; 16] {
    id.to_bytes()
}

/// Adds bytes that are ours alone: other readers go by the offsets in the footer, and never see them.
fn append<W: Write + Send>(file: &mut SerializedFileWriter<W>, bytes: &[u8]) -> Result<Extent> {
    let offset = file.bytes_written() as u64;
    file.write_all(bytes)?;
    extent(offset, bytes)
}

fn extent(offset: u64, bytes: &[u8]) -> Result<Extent> {
    Ok(Extent {
        offset,
        len: u32::try_from(bytes.len())?,
        crc: crc32fast::hash(bytes),
    })
}
