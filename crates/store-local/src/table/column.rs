//! A column: which rows have a value, and which.

use super::dictionary::Dictionary;
use super::presence::Presence;
use crate::columns::{ColumnKey, Values};

/// The values of some rows, as codes of a dictionary.
#[derive(Debug)]
pub(super) struct Column {
    key: ColumnKey,
    presence: Presence,
    /// Of the rows that have a value, in their order.
    codes: Vec<u32>,
    dictionary: Dictionary,
    /// The row of the last value.
    last_row: Option<usize>,
}

impl Column {
    pub(super) fn new(key: ColumnKey) -> Self {
        Self {
            key,
            presence: Presence::default(),
            codes: Vec::new(),
            dictionary: Dictionary::default(),
            last_row: None,
        }
    }

    pub(super) fn key(&self) -> &ColumnKey {
        &self.key
    }

    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The distinct values. Numbers are 8 bytes, little-endian.
    pub(super) fn values(&self) -> &Values {
        self.dictionary.values()
    }

    /// Its key, which rows have a value, their codes, and the distinct values.
    pub(super) fn into_parts(self) -> (ColumnKey, Presence, Vec<u32>, Values) {
        let values = self.dictionary.into_values();
        (self.key, self.presence, self.codes, values)
    }

    /// The value of this code, in a column of text.
    pub(super) fn text(&self, code: u32) -> &str {
        let value = self.values().get(code as usize).unwrap_or_default();
        std::str::from_utf8(value).expect("text came from a batch, whose text is UTF-8")
    }

    /// Whether the row that was added last is this one.
    pub(super) fn has(&self, row: usize) -> bool {
        self.last_row == Some(row)
    }

    /// The code of a value, whether or not a row has it.
    pub(super) fn intern(&mut self, value: &[u8]) -> u32 {
        self.dictionary.intern(value)
    }

    /// Gives the row a value; it comes after all that have one.
    pub(super) fn set(&mut self, row: usize, value: &[u8]) {
        let last = self.codes.last().copied();
        let repeated = last.filter(|&code| self.values().get(code as usize) == Some(value));
        let code = repeated.unwrap_or_else(|| self.intern(value));
        self.set_code(row, code);
    }

    pub(super) fn set_word(&mut self, row: usize, word: u64) {
        self.set(row, &word.to_le_bytes());
    }

    pub(super) fn set_code(&mut self, row: usize, code: u32) {
        self.presence.push(row);
        self.codes.push(code);
        self.last_row = Some(row);
    }
}
