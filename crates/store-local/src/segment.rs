//! A segment: spans, or log records, in a Parquet file that never changes.
//!
//! Any reader of Parquet reads it. Beside what Parquet asks for, it has a *directory*, which says
//! where each page is and what its checksum is, what the segment is about, and where its traces are:
//! with it a question reads only the pages that it needs, and without Parquet's own metadata.
//!
//! `docs/formats/segment.md` describes it byte by byte.

mod cache;
mod codec;
mod decode;
mod directory;
mod leaf;
mod levels;
mod merge;
mod pages;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod text_filter;
mod trace_index;
mod write;

pub(crate) use cache::SegmentCache;
pub(crate) use directory::Extent;
pub(crate) use merge::{Sources, len_of_segment};
pub(crate) use read::Segment;
#[cfg(test)]
use write::Written;
pub(crate) use write::{WriteError, write};

/// The key of the metadata in Parquet's footer that says where the directory is: its offset, length
/// and checksum, in decimal.
pub(crate) const DIRECTORY_KEY: &str = "clew.directory";
