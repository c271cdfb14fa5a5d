//! The order of log records from several places: by time and, where they are of one time, as they
//! came.

use std::collections::HashSet;

use clew_model::TraceId;

use super::Merge;
use crate::columns::{ColumnKey, Part, word};
use crate::error::DiskError;

/// Log records in their order.
#[derive(Debug, Default)]
pub(super) struct LogOrder {
    /// When each happened or was observed, in nanoseconds since the Unix epoch.
    pub(super) times: Vec<u64>,
    /// Which log record of its batch each is.
    pub(super) indexes: Vec<u64>,
    /// The traces that they belong to, each once.
    pub(super) trace_ids: Vec<TraceId>,
}

impl Merge<'_> {
    /// Finds out in which order the log records come.
    pub(super) fn order_logs(&mut self) -> Result<(), DiskError> {
        let mut places: Vec<(u64, u64, u64, u32)> = Vec::new();
        let mut origin = 0;
        for source in self.sources {
            let rows = 0..source.rows();
            let times = source.times(Part::Time, &rows)?;
            let indexes = source.times(Part::Index, &rows)?;
            let positions = source.required(Part::Position, rows.clone())?;
            for (row, (&time, &index)) in rows.zip(times.iter().zip(indexes.iter())) {
                let position = positions.get(row).map_or(0, word);
                places.push((time, position, index, origin));
                origin += 1;
            }
        }
        // They are in order source by source, which this sort makes use of.
        #[expect(
            clippy::stable_sort_primitive,
            reason = "the stable one is made for parts that are in order already"
        )]
        places.sort();
        self.rows = places.len();
        self.origins = places.iter().map(|place| place.3).collect();
        self.logs = LogOrder {
            times: places.iter().map(|place| place.0).collect(),
            indexes: places.iter().map(|place| place.2).collect(),
            trace_ids: self.find_trace_ids()?,
        };
        Ok(())
    }

    fn find_trace_ids(&self) -> Result<Vec<TraceId>, DiskError> {
        let columns = self.read(&ColumnKey::Part(Part::TraceId))?;
        let mut ids = HashSet::new();
        for column in columns.iter().flatten() {
            let of_column = column.values().iter();
            ids.extend(of_column.filter_map(|id| TraceId::from_bytes(id.try_into().ok()?)));
        }
        Ok(ids.into_iter().collect())
    }
}
