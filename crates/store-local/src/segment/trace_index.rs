//! Where the traces of a segment are: for each the end of its id and its first row.
//!
//! The last 8 bytes of an id are kept, since they are what is random of it (W3C Trace Context Level
//! 2), and the first 8 of an id of 64 bits are zero. Whoever finds a row looks there for the whole id.

use std::ops::Range;

use clew_model::TraceId;

/// Bytes of an entry: 8 of the id, big-endian, and the row, little-endian.
const ENTRY_LEN: usize = 12;

/// The index of these traces, by the end of their ids and by row.
pub(super) fn encode(traces: &[(TraceId, Range<u32>)]) -> Vec<u8> {
    let mut entries: Vec<(u64, u32)> = traces
        .iter()
        .map(|(id, rows)| (id_end(*id), rows.start))
        .collect();
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_LEN);
    for (id, row) in entries {
        bytes.extend_from_slice(&id.to_be_bytes());
        bytes.extend_from_slice(&row.to_le_bytes());
    }
    bytes
}

/// The first rows of the traces whose ids end as this one does: rarely more than one.
pub(super) fn find(index: &[u8], id: TraceId) -> impl Iterator<Item = u32> {
    let (entries, _) = index.as_chunks::<ENTRY_LEN>();
    let wanted = id_end(id).to_be_bytes();
    let from = entries.partition_point(|entry| entry[..8] < wanted[..]);
    entries[from..]
        .iter()
        .take_while(move |entry| entry[..8] == wanted)
        .map(|entry| u32::from_le_bytes([entry[8], entry[9], entry[10], entry[11]]))
}

fn id_end(id: TraceId) -> u64 {
    let [_, _, _, _, _, _, _, _, end @ ..] = id.to_bytes();
    u64::from_be_bytes(end)
}
