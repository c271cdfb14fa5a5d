//! One column of a segment in memory, before it is written.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use super::levels::Levels;
use super::schema::Physical;
use crate::columns::{ColumnKey, Values};
use crate::table::FastMap;

/// A dictionary of more values is left in the order in which they came: to sort it would cost more
/// than its bounds are worth, since nearly every page has values from everywhere.
const SORTED_VALUES_MAX: usize = 32 << 10;

/// A longer dictionary is not worth its bytes, unless the values would take several times as many; and
/// whoever looks for a value reads all of it.
const DICTIONARY_LEN_MAX: usize = 1 << 20;

/// A column, row by row.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: ColumnKey,
    /// Which rows have a value; `None` if each must have one.
    pub(super) levels: Option<Levels>,
    pub(super) data: Data,
}

/// The values of the rows that have one.
#[derive(Debug)]
pub(super) enum Data {
    /// Numbers without a sign.
    Words(Vec<u64>),
    /// Values of one width, one after the other.
    Fixed(Vec<u8>),
    /// The code of each, and the values; if they are few, a value is there once.
    Codes {
        codes: Vec<u32>,
        values: Values,
        is_sorted: bool,
    },
}

/// Puts distinct values in their order, if they are few. Gives back, of each, its place.
pub(super) fn in_order(key: &ColumnKey, values: Values) -> (Vec<u32>, Values, bool) {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let is_sorted = values.len() <= SORTED_VALUES_MAX;
    if !is_sorted {
        return (order, values, false);
    }
    let physical = Physical::of(key);
    let value = |code: u32| values.get(code as usize).unwrap_or_default();
    order.sort_unstable_by(|&one, &other| physical.compare(value(one), value(other)));
    let mut places = vec![0; order.len()];
    let mut sorted = values.none_alike();
    for (place, &code) in (0..).zip(&order) {
        places[code as usize] = place;
        sorted.push(value(code));
    }
    (places, sorted, true)
}

impl Leaf {
    /// Whether a dictionary takes fewer bytes than the values do.
    pub(super) fn is_worth_a_dictionary(&self) -> bool {
        let Data::Codes { codes, values, .. } = &self.data else {
            return false;
        };
        if Physical::of(&self.key) == Physical::Bool || codes.is_empty() {
            return false;
        }
        let is_short = values.bytes_len() <= DICTIONARY_LEN_MAX;
        values.len() <= codes.len() / 2 && is_short || is_much_longer_plain(codes, values)
    }
}

/// Whether the values of all rows take several times what the distinct ones do: a sender says once
/// what a resource is, and each of its rows would say it again.
fn is_much_longer_plain(codes: &[u32], values: &Values) -> bool {
    const TIMES: usize = 4;
    let distinct = values.bytes_len().max(DICTIONARY_LEN_MAX);
    let longest = values.iter().map(<[u8]>::len).max().unwrap_or(0);
    if longest.saturating_mul(codes.len()) <= distinct.saturating_mul(TIMES) {
        return false;
    }
    let value = |&code: &u32| values.get(code as usize).map_or(0, <[u8]>::len);
    codes.iter().map(value).sum::<usize>() > distinct.saturating_mul(TIMES)
}

/// Codes for numbers of which few differ.
pub(super) fn numbered(key: &ColumnKey, words: impl Iterator<Item = u64>) -> Data {
    let mut by_word = FastMap::default();
    let mut values = Values::of_width(8, Vec::new());
    let code = |word: u64| {
        *by_word.entry(word).or_insert_with(|| {
            values.push(&word.to_le_bytes());
            values.len() as u32 - 1
        })
    };
    let mut codes: Vec<u32> = words.map(code).collect();
    let (places, values, is_sorted) = in_order(key, values);
    for code in &mut codes {
        *code = places[*code as usize];
    }
    Data::Codes {
        codes,
        values,
        is_sorted,
    }
}
