//! The values of a column.

use std::ops::Range;
use std::sync::Arc;

use super::Columnar;
use crate::error::DiskError;

/// Stands for no value.
pub(crate) const ABSENT: u32 = u32::MAX;

/// Values one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    ends: Ends,
}

/// Where each value ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ends {
    /// They have as many bytes each.
    Every(usize),
    At(Vec<u32>),
}

impl Default for Values {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Ends::At(Vec::new()),
        }
    }
}

impl Values {
    /// Values of so many bytes each; each has at least one.
    pub(crate) fn of_width(width: usize, bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ends: Ends::Every(width),
        }
    }

    /// No values, which are to be of the same sort as these.
    pub(crate) fn none_alike(&self) -> Self {
        match self.ends {
            Ends::Every(width) => Self::of_width(width, Vec::new()),
            Ends::At(_) => Self::default(),
        }
    }

    /// Gives back memory that no value takes.
    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        if let Ends::At(ends) = &mut self.ends {
            ends.shrink_to_fit();
        }
    }

    /// Adds a value, of as many bytes as the others if they have as many each.
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        match &mut self.ends {
            Ends::Every(width) => debug_assert_eq!(*width, value.len()),
            Ends::At(ends) => {
                let end = u32::try_from(self.bytes.len());
                ends.push(end.expect("the values of a column take fewer than 4 GiB"));
            }
        }
    }

    /// Adds values that follow one another, of so many bytes each.
    pub(crate) fn extend(&mut self, values: &[u8], width: usize) {
        match self.ends {
            Ends::Every(every) => {
                debug_assert_eq!(every, width);
                self.bytes.extend_from_slice(values);
            }
            Ends::At(_) => values
                .chunks_exact(width)
                .for_each(|value| self.push(value)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.ends {
            Ends::Every(width) => self.bytes.len() / width,
            Ends::At(ends) => ends.len(),
        }
    }

    /// How many bytes the values have together.
    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// How much memory they take, in bytes.
    pub(crate) fn memory_len(&self) -> usize {
        let ends = match &self.ends {
            Ends::Every(_) => 0,
            Ends::At(ends) => ends.capacity() * size_of::<u32>(),
        };
        self.bytes.capacity() + ends
    }

    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        match &self.ends {
            Ends::Every(width) => self.bytes.get(index * width..(index + 1) * width),
            Ends::At(ends) => {
                let end = *ends.get(index)?;
                let start = index.checked_sub(1).map_or(0, |before| ends[before]);
                Some(&self.bytes[start as usize..end as usize])
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.range(0..self.len())
    }

    /// The values one behind the other.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The place of the value that has this byte of them all, and the byte after its last.
    pub(crate) fn at_byte(&self, byte: usize) -> (usize, usize) {
        match &self.ends {
            Ends::Every(width) => (byte / width, (byte / width + 1) * width),
            Ends::At(ends) => {
                let place = ends.partition_point(|&end| end as usize <= byte);
                (place, ends.get(place).map_or(byte + 1, |&end| end as usize))
            }
        }
    }

    /// The place of this value, if it is there; they are in the order of their bytes.
    pub(crate) fn place_of(&self, wanted: &[u8]) -> Option<usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from + (to - from) / 2;
            if self.get(middle)? < wanted {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        (self.get(from)? == wanted).then_some(from)
    }

    /// Those of these places.
    pub(crate) fn range(&self, places: Range<usize>) -> impl Iterator<Item = &[u8]> {
        places.map(|index| self.get(index).unwrap_or_default())
    }
}

/// The number that these 8 bytes are.
pub(crate) fn word(value: &[u8]) -> u64 {
    let bytes = value.try_into().expect("numbers are kept as 8 bytes");
    u64::from_le_bytes(bytes)
}

/// The numbers of some rows of a column.
#[derive(Debug)]
pub(crate) enum Words {
    /// Some of those of a page.
    Shared(Arc<[u64]>, Range<usize>),
    Own(Vec<u64>),
}

impl std::ops::Deref for Words {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        match self {
            Self::Shared(words, range) => &words[range.clone()],
            Self::Own(words) => words,
        }
    }
}

/// Values of some rows of a column.
#[derive(Debug)]
pub(crate) struct ColumnRows {
    first: u32,
    /// For each row the place of its value, or [`ABSENT`].
    slots: Vec<u32>,
    /// Numbers are 8 bytes, little-endian.
    values: Arc<Values>,
}

impl ColumnRows {
    /// For each row from this one on, the place of its value, or [`ABSENT`].
    pub(crate) fn new(first: u32, slots: Vec<u32>, values: Arc<Values>) -> Self {
        Self {
            first,
            slots,
            values,
        }
    }

    /// The row after the last.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rows are counted in 32 bits"
    )]
    pub(crate) fn end(&self) -> u32 {
        self.first + self.slots.len() as u32
    }

    /// The value of this row, if it has one.
    pub(crate) fn get(&self, row: u32) -> Option<&[u8]> {
        self.values.get(self.slot(row)? as usize)
    }

    /// The values that slots are places of.
    pub(crate) fn values(&self) -> &Arc<Values> {
        &self.values
    }

    /// Of each row the place of its value, or [`ABSENT`].
    pub(crate) fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The same, to keep.
    pub(crate) fn into_slots(self) -> Vec<u32> {
        self.slots
    }

    /// The place of the row's value among the distinct ones of a dictionary.
    pub(crate) fn slot(&self, row: u32) -> Option<u32> {
        let slot = *self.slots.get(row.checked_sub(self.first)? as usize)?;
        (slot != ABSENT).then_some(slot)
    }
}

/// Reads one column, of which the dictionary is at hand.
#[derive(Debug)]
pub(crate) struct ColumnReader {
    column: usize,
    dictionary: Option<Arc<Values>>,
}

impl ColumnReader {
    /// Of the column of this number. Its dictionary is read, if it has one.
    pub(crate) fn new(columns: &dyn Columnar, column: usize) -> Result<Self, DiskError> {
        Ok(Self {
            column,
            dictionary: columns.dictionary(column)?,
        })
    }

    /// Which column it reads.
    pub(crate) fn column(&self) -> usize {
        self.column
    }

    /// The distinct values, if rows have their codes.
    pub(crate) fn dictionary(&self) -> Option<&Arc<Values>> {
        self.dictionary.as_ref()
    }

    /// The values of these rows.
    pub(crate) fn read(
        &self,
        columns: &dyn Columnar,
        rows: Range<u32>,
    ) -> Result<ColumnRows, DiskError> {
        self.read_ranges(columns, std::slice::from_ref(&rows))
    }

    /// The values of the rows of these ranges, which are in order and apart.
    pub(crate) fn read_ranges(
        &self,
        columns: &dyn Columnar,
        ranges: &[Range<u32>],
    ) -> Result<ColumnRows, DiskError> {
        columns.decode(self.column, self.dictionary.as_ref(), ranges)
    }
}
