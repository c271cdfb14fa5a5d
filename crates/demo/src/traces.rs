//! What the demo reads off a trace: whether a step's claims hold, what a header carried, where the
//! time went.

pub(crate) mod checks;
#[cfg(test)]
pub(crate) mod fixtures;
pub(crate) mod headers;
pub(crate) mod hot_spots;
pub(crate) mod logs;
