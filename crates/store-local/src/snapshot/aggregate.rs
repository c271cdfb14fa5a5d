//! Numbers about spans, from their columns where those tell.

use std::sync::Arc;

use clew_model::SpanRef;
use clew_store::{Aggregate, AggregateFold, Answer, Measure, Series, StoreError};

use super::Snapshot;
use super::each::for_each_in_table;
use super::scan::ROWS_PER_SPAN;
use super::sealed::{Damage, blocking};
use super::turns::Turn;
use crate::columns::{ColumnAggregate, Columnar, MeasuredSpans, Projection};
use crate::error::DiskError;

/// How many rows are measured at once.
const CHUNK_ROWS: u32 = 128 << 10;

impl Snapshot {
    pub(super) async fn measure(
        &self,
        aggregate: &Aggregate,
    ) -> Result<Answer<Vec<Series>>, StoreError> {
        let mut fold = AggregateFold::new(aggregate, &self.context);
        let mut damage = self.damage();
        let mut turn = self.turn().await?;
        let mut add = |span: SpanRef<'_>| fold.add(span);
        let (time, spans) = (aggregate.time, &aggregate.spans);
        self.for_each_in_blocks(time, spans, &mut turn, &mut add)
            .await?;
        let question = Arc::new(aggregate.clone());
        for table in self.tables_with(time, spans) {
            let measuring = Measuring::new(table, &question).await?;
            match damage.note(measuring) {
                Some(Some(measuring)) => {
                    let max = aggregate.exemplars_max;
                    measuring
                        .add_to(&mut fold, max, &mut turn, &mut damage)
                        .await?;
                }
                Some(None) => {
                    let predicate = Arc::new(spans.clone());
                    let projection = Arc::new(projection(aggregate));
                    let mut add = |span: SpanRef<'_>| fold.add(span);
                    let (turn, damage) = (&mut turn, &mut damage);
                    for_each_in_table(table, &predicate, &projection, turn, damage, &mut add)
                        .await?;
                }
                None => {}
            }
        }
        Ok(damage.answer(fold.finish()))
    }
}

/// What is looked at of a span.
fn projection(aggregate: &Aggregate) -> Projection {
    let mut projection = Projection::default().with_predicate(&aggregate.spans);
    for field in &aggregate.by {
        projection = projection.with_field(field);
    }
    if let Measure::Field(field) = &aggregate.measure {
        projection = projection.with_field(field);
    }
    projection
}

/// The least of so many of the greatest values; less than all if there are not so many.
fn kth_greatest(values: &[f64], count: usize) -> f64 {
    if values.len() <= count {
        return f64::NEG_INFINITY;
    }
    let mut values = values.to_vec();
    let (_, value, _) = values.select_nth_unstable_by(count - 1, |one, other| other.total_cmp(one));
    *value
}

/// A table that is being measured.
struct Measuring {
    table: Arc<dyn Columnar>,
    columns: ColumnAggregate,
}

impl Measuring {
    /// `None` if its spans have to be looked at, one by one.
    async fn new(
        table: &Arc<dyn Columnar>,
        aggregate: &Arc<Aggregate>,
    ) -> Result<Result<Option<Self>, DiskError>, StoreError> {
        let (table, aggregate) = (Arc::clone(table), Arc::clone(aggregate));
        blocking(move || {
            let columns = ColumnAggregate::new(&aggregate, &*table)?;
            Ok(columns.map(|columns| Self { table, columns }))
        })
        .await
    }

    /// Measures all spans.
    async fn add_to(
        mut self,
        fold: &mut AggregateFold<'_>,
        exemplars_max: usize,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        let end = self.table.rows();
        let mut from = if self.columns.is_never() { end } else { 0 };
        while from < end {
            let rows = from..end.min(from.saturating_add(CHUNK_ROWS));
            from = rows.end;
            let looked_at = rows.len();
            let (back, measured) = blocking(move || {
                let measured = self.columns.measure(&*self.table, &rows);
                (self, measured)
            })
            .await?;
            self = back;
            let Some(measured) = damage.note(measured) else {
                break;
            };
            self.add_spans(measured, fold, exemplars_max, damage)
                .await?;
            turn.advance_by(looked_at, looked_at / ROWS_PER_SPAN)
                .await?;
        }
        Ok(())
    }

    async fn add_spans(
        &self,
        measured: Vec<MeasuredSpans>,
        fold: &mut AggregateFold<'_>,
        exemplars_max: usize,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        // Most spans are no exemplars, and the ids of those are not read.
        let mut shown = Vec::new();
        let mut places = Vec::new();
        for MeasuredSpans {
            by,
            cell,
            values,
            rows,
        } in measured
        {
            let series = fold.series(by)?;
            fold.add_all(series, cell, &values)?;
            if exemplars_max == 0 {
                continue;
            }
            let least = fold.least_shown(series, cell);
            let least = least.max(kth_greatest(&values, exemplars_max));
            for (row, value) in rows.into_iter().zip(values) {
                if value >= least {
                    shown.push((row, value));
                    places.push((row, series, cell));
                }
            }
        }
        if shown.is_empty() {
            return Ok(());
        }
        shown.sort_unstable_by_key(|&(row, _)| row);
        places.sort_unstable_by_key(|&(row, ..)| row);
        let table = Arc::clone(&self.table);
        let exemplars = blocking(move || table.exemplars(&shown)).await?;
        let exemplars = damage.note(exemplars).unwrap_or_default();
        for ((_, series, cell), exemplar) in places.into_iter().zip(exemplars) {
            fold.show(series, cell, exemplar);
        }
        Ok(())
    }
}
