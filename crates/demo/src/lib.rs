//! The ten steps of the demo: their texts, processes and checks.

pub mod explain;
