//! Where the traces of a segment are: for each the end of its id and its first row.
//!
//! The last 4 bytes of an id are kept, since they are random (W3C Trace Context Level 2 asks it of the
//! last 7). Whoever finds a row looks there for the whole id.

use std::ops::Range;

use clew_model::TraceId;

/// How many bytes of an id are kept. Of the 20,000 traces of a segment, 4 bytes lead to a wrong one
/// once in 200,000 looks.
const ID_LEN: usize = 4;

/// How many bytes a row takes, little-endian.
const ROW_LEN: usize = 4;

/// The index of these traces, by the end of their ids and by row.
pub(super) fn encode(traces: &[(TraceId, Range<u32>)]) -> Vec<u8> {
    let entries = traces.iter();
    let mut entries: Vec<_> = entries
        .map(|(id, rows)| (id_end(*id, ID_LEN), rows.start))
        .collect();
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(entries.len() * (ID_LEN + ROW_LEN));
    for (id, row) in entries {
        bytes.extend_from_slice(&id.to_be_bytes()[size_of::<u64>() - ID_LEN..]);
        bytes.extend_from_slice(&row.to_le_bytes());
    }
    bytes
}

/// The first rows of the traces, of so many, whose ids end as this one does: rarely more than one.
pub(super) fn find(index: &[u8], traces: u32, id: TraceId) -> impl Iterator<Item = u32> {
    let id_len = id_len(index, traces);
    let entry_len = id_len + ROW_LEN;
    let wanted = id_end(id, id_len).to_be_bytes();
    let entry = move |at: usize| {
        let (id, row) = index.get(at * entry_len..)?.split_at_checked(id_len)?;
        let order = id.cmp(&wanted[size_of::<u64>() - id_len..]);
        Some((order, u32::from_le_bytes(*row.first_chunk::<ROW_LEN>()?)))
    };
    let (mut from, mut to) = (0, traces as usize);
    while from < to {
        let middle = from + (to - from) / 2;
        if entry(middle).is_some_and(|(order, _)| order.is_lt()) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    (from..)
        .map_while(entry)
        .take_while(|(order, _)| order.is_eq())
        .map(|(_, row)| row)
}

/// Those of these ids that the index tells apart.
pub(super) fn distinct(index: &[u8], traces: u32, mut ids: Vec<TraceId>) -> Vec<TraceId> {
    let id_len = id_len(index, traces);
    ids.sort_unstable_by_key(|&id| id_end(id, id_len));
    ids.dedup_by_key(|id| id_end(*id, id_len));
    ids
}

/// How many bytes of an id are kept: 8 in older files.
fn id_len(index: &[u8], traces: u32) -> usize {
    let entry_len = index.len().checked_div(traces as usize).unwrap_or(0);
    entry_len.saturating_sub(ROW_LEN).min(size_of::<u64>())
}

/// The last bytes of the id, up to 8.
fn id_end(id: TraceId, len: usize) -> u64 {
    let [_, _, _, _, _, _, _, _, end @ ..] = id.to_bytes();
    let bits = u32::try_from(len * 8).unwrap_or(u64::BITS);
    let mask = 1_u64.checked_shl(bits).map_or(u64::MAX, |bit| bit - 1);
    u64::from_be_bytes(end) & mask
}
