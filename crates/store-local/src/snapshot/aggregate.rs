//! Numbers about spans, from their columns where those tell.

use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanRef, TimeRange};
use clew_store::{Aggregate, AggregateFold, Answer, Measure, Series, StoreError};

use super::Snapshot;
use super::each::{Chunks, ColumnQuestion, for_each_in_table};
use super::results::SeriesKey;
use super::sealed::{Damage, blocking};
use super::turns::Turn;
use crate::columns::{ColumnAggregate, Columnar, MeasuredSpans, Projection, Rows};
use crate::error::DiskError;

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
        let timeless = Arc::new(Aggregate {
            time: TimeRange::ALL,
            ..aggregate.clone()
        });
        for table in self.tables_with(time, spans) {
            let Some(key) = SeriesKey::new(&**table, time, &timeless) else {
                measure_table(table, &question, &mut fold, &mut turn, &mut damage).await?;
                continue;
            };
            if let Some(known) = self.results.series(&key) {
                fold.add_series(&known)?;
                turn.advance_by(0, 1).await?;
                continue;
            }
            let mut of_table = AggregateFold::new(aggregate, &self.context);
            let mut unread = Damage::default();
            measure_table(table, &question, &mut of_table, &mut turn, &mut unread).await?;
            let (found, _memory) = of_table.into_series();
            if unread.is_none() {
                self.results.keep_series(key, &found);
            }
            damage.add(unread);
            fold.add_series(&found)?;
        }
        Ok(damage.answer(fold.finish()))
    }
}

/// Measures the spans of a segment or block.
async fn measure_table(
    table: &Arc<dyn Columnar>,
    question: &Arc<Aggregate>,
    fold: &mut AggregateFold<'_>,
    turn: &mut Turn<'_>,
    damage: &mut Damage,
) -> Result<(), StoreError> {
    let asked = Arc::clone(question);
    let chunks = Chunks::new(table, move |columns| ColumnAggregate::new(&asked, columns));
    match damage.note(chunks.await?) {
        Some(Some(mut chunks)) => {
            let max = question.exemplars_max;
            while let Some((rest, measured)) = chunks.next(turn, damage).await? {
                add_spans(table, measured, fold, max, damage).await?;
                chunks = rest;
            }
        }
        Some(None) => {
            let predicate = Arc::new(question.spans.clone());
            let projection = Arc::new(projection(question));
            let mut add = |rows: &Rows| rows.iter().try_for_each(|(span, _)| fold.add(span));
            for_each_in_table(table, &predicate, &projection, turn, damage, &mut add).await?;
        }
        None => {}
    }
    Ok(())
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

impl ColumnQuestion for ColumnAggregate {
    type Found = Vec<MeasuredSpans>;

    fn is_never(&self) -> bool {
        self.is_never()
    }

    fn look_at(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<Self::Found, DiskError> {
        self.measure(columns, rows)
    }
}

async fn add_spans(
    table: &Arc<dyn Columnar>,
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
    let table = Arc::clone(table);
    let exemplars = blocking(move || table.exemplars(&shown)).await?;
    let exemplars = damage.note(exemplars).unwrap_or_default();
    for ((_, series, cell), exemplar) in places.into_iter().zip(exemplars) {
        fold.show(series, cell, exemplar);
    }
    Ok(())
}
