//! The durable store on the local disk: a write-ahead log in front of a head in memory.
//!
//! Every request, of spans or of log records, is written to the log and synced before it is acknowledged (promise W1);
//! `docs/formats/wal.md` describes the log byte by byte. What it holds is replayed into the head
//! when the store is opened.
//!
//! This is the only crate that opens data files, and [`disk`] the only module of it.

mod batch;
mod check;
mod clock;
mod columns;
mod commit;
mod contents;
mod disk;
mod error;
mod head;
mod lock;
mod manifest;
mod progress;
mod seal;
mod segment;
mod snapshot;
mod store;
mod table;
mod varint;
mod wal;

pub use check::{Checked, CheckedRows, SalvageError, Salvaged, SalvagedRows, salvage, verify};
pub use error::{DiskError, OpenError};
pub use progress::Progress;
pub use store::{LocalStore, Options};
