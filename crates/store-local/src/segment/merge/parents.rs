//! Where the parents of spans are in the merged order.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a segment has fewer than 2^31 rows"
)]

use super::super::leaf::{Data, numbered};
use super::super::levels::Levels;
use super::column::Column;
use super::{Merge, Run};
use crate::columns::{ColumnKey, ColumnRows, Part, word};
use crate::error::DiskError;
use crate::table::FastMap;

/// Of each row how many rows after it the parent is, or its id if it is elsewhere.
#[derive(Debug, Default)]
pub(super) struct Parents {
    rows: Vec<Option<i32>>,
    elsewhere: Vec<(u32, [u8; 8])>,
}

/// The parents of the spans of one source.
struct OfSource {
    rows: Option<ColumnRows>,
    ids: Option<ColumnRows>,
}

impl OfSource {
    fn offset(&self, row: u32) -> Option<i32> {
        let offset = self.rows.as_ref()?.get(row)?;
        Some(word(offset) as i32)
    }

    fn id(&self, row: u32) -> Option<[u8; 8]> {
        self.ids.as_ref()?.get(row)?.try_into().ok()
    }
}

impl Merge<'_> {
    /// Finds the parents, once all rows are in order.
    pub(super) fn find_parents(&self) -> Result<Parents, DiskError> {
        let rows = self.read(&ColumnKey::Part(Part::ParentRow))?;
        let ids = self.read(&ColumnKey::Part(Part::ParentSpanId))?;
        let sources = rows.into_iter().zip(ids);
        let sources: Vec<OfSource> = sources.map(|(rows, ids)| OfSource { rows, ids }).collect();
        let mut parents = Parents::default();
        for runs in &self.runs_of_traces {
            match &self.runs[runs.clone()] {
                // All that was in the source, as it was there.
                [run] => parents.copy(&sources[run.source], run),
                runs => self.look_up(runs, &sources, &mut parents),
            }
        }
        Ok(parents)
    }

    /// Adds the parents of a trace that was put together.
    fn look_up(&self, runs: &[Run], sources: &[OfSource], parents: &mut Parents) {
        let first = parents.rows.len() as u32;
        let rows = || {
            let rows = runs.iter();
            rows.flat_map(|run| run.rows.clone().map(|row| (run.source, row)))
        };
        let span_id = |source: usize, row: u32| self.ordered[source].span_ids.get(row);
        let mut by_id = FastMap::default();
        for (at, (source, row)) in (first..).zip(rows()) {
            by_id.entry(span_id(source, row)).or_insert(at);
        }
        for (at, (source, row)) in (first..).zip(rows()) {
            let of_source = &sources[source];
            let elsewhere = of_source.id(row);
            let id = match of_source.offset(row) {
                Some(offset) => span_id(source, row.wrapping_add_signed(offset)),
                None => elsewhere.as_ref().map(<[u8; 8]>::as_slice),
            };
            let parent = id.and_then(|id| by_id.get(&Some(id)));
            parents
                .rows
                .push(parent.map(|&parent| parent.wrapping_sub(at) as i32));
            if parent.is_none()
                && let Some(id) = id.and_then(|id| id.try_into().ok())
            {
                parents.elsewhere.push((at, id));
            }
        }
    }

    pub(super) fn parent_rows(&self) -> Column {
        let key = ColumnKey::Part(Part::ParentRow);
        let rows = self.parents.rows.iter();
        let mut levels = Levels::with_capacity(rows.len());
        for row in rows.clone() {
            levels.push(row.is_some());
        }
        let words = rows.flatten().map(|&row| i64::from(row).cast_unsigned());
        (Some(levels), numbered(&key, words))
    }

    pub(super) fn parents_elsewhere(&self) -> Column {
        let mut levels = Levels::none(self.rows);
        let mut ids = Vec::with_capacity(self.parents.elsewhere.len() * 8);
        for (row, id) in &self.parents.elsewhere {
            levels.insert(*row as usize);
            ids.extend_from_slice(id);
        }
        (Some(levels), Data::Fixed(ids))
    }
}

impl Parents {
    fn copy(&mut self, of_source: &OfSource, run: &Run) {
        for row in run.rows.clone() {
            let offset = of_source.offset(row);
            if offset.is_none()
                && let Some(id) = of_source.id(row)
            {
                self.elsewhere.push((self.rows.len() as u32, id));
            }
            self.rows.push(offset);
        }
    }
}
