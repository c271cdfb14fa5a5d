//! What every store must do, as a suite of tests that each implementation runs.
//!
//! The suite has levels, and a store declares which of them it keeps; those that it does not are
//! printed, never passed over in silence.
//!
//! ```no_run
//! # use clew_model::{Batch, Span};
//! # use clew_store::MemoryStore;
//! # use clew_store::contract::{self, Level, Subject};
//! # fn batch_of(_: &[Span]) -> Batch { unimplemented!() }
//! struct InMemory;
//!
//! impl Subject for InMemory {
//!     type Store = MemoryStore;
//!     const NAME: &str = "MemoryStore";
//!     const LEVELS: &[Level] = &[Level::Query, Level::Typed];
//!
//!     async fn open(&self) -> MemoryStore {
//!         MemoryStore::new()
//!     }
//!
//!     fn batch_of(&self, spans: &[Span]) -> Batch {
//!         batch_of(spans) // as a receiver makes it of a request
//!     }
//! }
//!
//! # async fn test() {
//! contract::run(|| InMemory).await;
//! # }
//! ```

mod durable;
mod query;
mod spans;
mod typed;

use std::fmt;
use std::future::Future;

use clew_model::{Batch, Span};

use crate::TraceStore;

/// A part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Spans are kept and found; attribute values keep their text form.
    Query,
    /// Attribute values keep their types.
    Typed,
    /// What was kept is there when the store is opened again.
    Durable,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::Query, Self::Typed, Self::Durable];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "query",
            Self::Typed => "typed",
            Self::Durable => "durable",
        })
    }
}

/// A store under test: where it keeps what it is given. A new one is empty.
pub trait Subject {
    /// The store.
    type Store: TraceStore;

    /// What to call the store.
    const NAME: &str;

    /// Which levels of the contract it keeps.
    const LEVELS: &[Level];

    /// Opens the store. It is opened again only at [`Level::Durable`], after it was dropped, and
    /// then has what it had.
    fn open(&self) -> impl Future<Output = Self::Store>;

    /// The batch that the store is given for these spans.
    fn batch_of(&self, spans: &[Span]) -> Batch;
}

/// Runs the levels that the store keeps, each test with a new subject, and prints the others.
///
/// # Panics
/// If the store does not do what it must.
#[expect(
    clippy::print_stdout,
    reason = "a skipped level is told to whoever runs the tests"
)]
pub async fn run<S: Subject>(new: impl Fn() -> S) {
    for level in Level::ALL {
        if !S::LEVELS.contains(&level) {
            println!(
                "{}: level \"{level}\" of the contract is skipped: not declared",
                S::NAME
            );
            continue;
        }
        match level {
            Level::Query => query::run(&new).await,
            Level::Typed => typed::run(&new).await,
            Level::Durable => durable::run(&new).await,
        }
    }
}

/// A store that was given these batches.
async fn store_with<S: Subject>(subject: &S, batches: &[&[Span]]) -> S::Store {
    let store = subject.open().await;
    for spans in batches {
        append(subject, &store, spans).await;
    }
    store
}

async fn append<S: Subject>(subject: &S, store: &S::Store, spans: &[Span]) {
    let answer = store.append(subject.batch_of(spans)).await;
    answer.expect("the store has room");
}
