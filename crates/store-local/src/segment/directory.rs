//! Where everything is in a segment, and what is in it: all that is read when one is opened.

use serde::{Deserialize, Serialize};

use crate::columns::{ColumnKey, PageBounds, Summary};

/// What a segment consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Directory {
    /// How many rows there are, one for each span or log record.
    pub(super) rows: u32,
    /// In the order of the file.
    pub(super) columns: Vec<ColumnEntry>,
    pub(super) traces: Extent,
    pub(super) bloom_filter: Extent,
    pub(crate) summary: Summary,
    /// Of a column of text, which of its pages may have some text within them. It stands behind the
    /// rest, where files that have none end.
    #[serde(skip)]
    pub(super) text_filter: Option<TextFilterEntry>,
}

/// Where the filter of a column of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TextFilterEntry {
    /// The number of the column.
    pub(super) column: u32,
    pub(super) extent: Extent,
}

impl Directory {
    /// How many spans there are.
    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    /// All parts of the file that have a checksum.
    pub(crate) fn extents(&self) -> impl Iterator<Item = Extent> {
        let pages = self.columns.iter().flat_map(|column| {
            let pages = column.dictionary.iter().chain(&column.pages);
            pages.map(|page| page.extent)
        });
        let text_filter = self.text_filter.iter().map(|entry| entry.extent);
        pages
            .chain([self.bloom_filter, self.traces])
            .chain(text_filter)
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let bytes = postcard::to_stdvec(self)?;
        match &self.text_filter {
            Some(entry) => postcard::to_extend(entry, bytes),
            None => Ok(bytes),
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let (mut directory, rest): (Self, _) = postcard::take_from_bytes(bytes)?;
        if !rest.is_empty() {
            directory.text_filter = Some(postcard::from_bytes(rest)?);
        }
        Ok(directory)
    }
}

/// Some bytes of a file, and their checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) offset: u64,
    pub(crate) len: u32,
    pub(crate) crc: u32,
}

/// A column of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ColumnEntry {
    pub(super) key: ColumnKey,
    pub(super) layout: Layout,
    /// The distinct values, if rows have their codes.
    pub(super) dictionary: Option<PageEntry>,
    /// One after the other, with all rows.
    pub(super) pages: Vec<PageEntry>,
}

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Layout {
    /// As they are.
    Plain,
    /// As codes of a dictionary whose values are in no order.
    Dictionary,
    /// As codes of a dictionary in the order of its values: codes compare as values do.
    SortedDictionary,
    /// As differences to the one before.
    Delta,
}

impl Layout {
    pub(super) fn is_dictionary(self) -> bool {
        matches!(self, Self::Dictionary | Self::SortedDictionary)
    }
}

/// A page of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageEntry {
    /// The whole page.
    pub(super) extent: Extent,
    /// How many of its bytes come before its levels and values.
    pub(super) header_len: u32,
    /// How many rows it has, or how many values the dictionary.
    pub(super) rows: u32,
    /// How many rows have a value.
    pub(super) values: u32,
    /// How many bytes say which rows have a value.
    pub(super) levels_len: u32,
    /// How many bytes the values are before they are compressed. They are not if as many are stored.
    pub(super) values_len: u32,
    /// The least and the greatest value of numbers without sign, or code of a sorted dictionary.
    pub(super) bounds: Option<(u64, u64)>,
}

impl PageEntry {
    /// What is known of the rows from this one on, which are those of the page.
    pub(super) fn bounds_from(&self, first: u32) -> PageBounds {
        PageBounds {
            first,
            rows: self.rows,
            values: self.values,
            bounds: self.bounds,
        }
    }
}
