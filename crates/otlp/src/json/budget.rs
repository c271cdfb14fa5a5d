//! How much memory the lists of a request may take.
//!
//! `{}` is three bytes on the wire and a few hundred in memory, so the limit on a request's bytes
//! alone bounds nothing. Every list spends from a budget that goes with the request's length.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, SeqAccess, Visitor};

use super::surrogate::replace_lone_surrogates;

/// Bytes of memory for each byte of a request. The densest honest request, spans of nothing but
/// ids, needs four.
const MEMORY_PER_BYTE: usize = 6;

/// What even the smallest request may take.
const MEMORY_MIN: usize = 64 << 10;

thread_local! {
    /// Bytes that lists may still take on this thread. serde hands nothing down to the types
    /// that it reads, and a request is read on one thread, from start to end.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Reads a JSON request whose lists take memory in proportion to its length, as its copy does that
/// a lone surrogate costs.
pub(super) fn from_slice<T: DeserializeOwned>(request: &[u8]) -> serde_json::Result<T> {
    LEFT.set(
        request
            .len()
            .saturating_mul(MEMORY_PER_BYTE)
            .max(MEMORY_MIN),
    );
    serde_json::from_slice(&replace_lone_surrogates(request))
}

fn spend<E: Error>(bytes: usize) -> Result<(), E> {
    let left = LEFT.get().checked_sub(bytes).ok_or_else(|| {
        E::custom("the request has too many elements for its length; most of them are empty")
    })?;
    LEFT.set(left);
    Ok(())
}

/// A list that spends what its elements take.
#[derive(Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<List<T>, S::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    spend(size_of::<T>())?;
                    elements.push(element);
                }
                Ok(List(elements))
            }
        }

        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}
