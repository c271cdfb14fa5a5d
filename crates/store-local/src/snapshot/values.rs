//! Which values there are, from columns where those tell.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use clew_model::{LogBatch, SpanRef, TimeRange};
use clew_store::{
    Answer, Field, Predicate, Scalar, StoreError, TopValues, Values, ValuesFold, ValuesOf,
};

use super::Snapshot;
use super::each::{Chunks, ColumnQuestion, for_each_in_table};
use super::sealed::Damage;
use super::turns::Turn;
use crate::batch::SignalBatch;
use crate::columns::{ColumnValues, Columnar, LogRows, Projection, ReadRows, Rows};
use crate::error::DiskError;

impl Snapshot {
    pub(super) async fn count_values(
        &self,
        values: &Values,
    ) -> Result<Answer<TopValues>, StoreError> {
        let mut fold = ValuesFold::new(values, &self.context);
        let mut damage = self.damage();
        let mut turn = self.turn().await?;
        if asks_for_all_services(values) {
            self.count_services(&mut fold, &mut turn).await?;
            return Ok(damage.answer(fold.finish()));
        }
        let mut add = |span: SpanRef<'_>| fold.add(span);
        let (time, spans) = (values.time, &values.spans);
        self.for_each_in_blocks(time, spans, &mut turn, &mut add)
            .await?;
        let of_rows = |rows: &Rows, fold: &mut ValuesFold<'_>| {
            rows.iter().try_for_each(|(span, _)| fold.add(span))
        };
        self.count_in_tables(values, &mut fold, &mut turn, &mut damage, of_rows)
            .await?;
        Ok(damage.answer(fold.finish()))
    }

    /// Blocks and summaries know them without a look at spans.
    async fn count_services(
        &self,
        fold: &mut ValuesFold<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(), StoreError> {
        for block in &self.blocks {
            for (name, spans) in block.services() {
                fold.add_count(Scalar::from(name), spans as u64)?;
            }
            turn.advance(1).await?;
        }
        self.count_services_of_tables(fold, turn).await
    }
}

impl Snapshot<LogBatch> {
    pub(super) async fn count_log_values(
        &self,
        values: &Values,
    ) -> Result<Answer<TopValues>, StoreError> {
        let mut fold = ValuesFold::new(values, &self.context);
        let mut damage = self.damage();
        let mut turn = self.turn().await?;
        for block in &self.blocks {
            let rows = block.rows_within(values.time);
            let looked_at = rows.len();
            rows.map(|row| block.record(row))
                .try_for_each(|record| fold.add(record))?;
            turn.advance(looked_at).await?;
        }
        if asks_for_all_services(values) {
            self.count_services_of_tables(&mut fold, &mut turn).await?;
            return Ok(damage.answer(fold.finish()));
        }
        let of_rows = |rows: &LogRows, fold: &mut ValuesFold<'_>| {
            rows.iter().try_for_each(|(record, _)| fold.add(record))
        };
        self.count_in_tables(values, &mut fold, &mut turn, &mut damage, of_rows)
            .await?;
        Ok(damage.answer(fold.finish()))
    }
}

impl<B: SignalBatch> Snapshot<B> {
    /// Counts what is in columns; `add` counts rows that have to be looked at one by one.
    async fn count_in_tables<R: ReadRows>(
        &self,
        values: &Values,
        fold: &mut ValuesFold<'_>,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
        add: impl Fn(&R, &mut ValuesFold<'_>) -> Result<(), StoreError> + Send + Sync,
    ) -> Result<(), StoreError> {
        let question = Arc::new(values.clone());
        for table in self.tables_with(values.time, &values.spans) {
            if asks_for_services(values) && table.summary().narrowed(values.time) == TimeRange::ALL
            {
                count_services_of(&**table, fold)?;
                turn.advance(1).await?;
                continue;
            }
            let question = Arc::clone(&question);
            let chunks = Chunks::new(table, move |columns| ColumnValues::new(&question, columns));
            match damage.note(chunks.await?) {
                Some(Some(mut chunks)) => {
                    while let Some((rest, counts)) = chunks.next(turn, damage).await? {
                        for (value, rows) in counts {
                            fold.add_count(value, rows)?;
                        }
                        chunks = rest;
                    }
                }
                Some(None) => {
                    let predicate = Arc::new(values.spans.clone());
                    let projection = Arc::new(projection(values));
                    let mut see = |rows: &R| add(rows, fold);
                    for_each_in_table(table, &predicate, &projection, turn, damage, &mut see)
                        .await?;
                }
                None => {}
            }
        }
        Ok(())
    }

    async fn count_services_of_tables(
        &self,
        fold: &mut ValuesFold<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(), StoreError> {
        for table in &self.tables {
            count_services_of(&**table, fold)?;
            turn.advance(1).await?;
        }
        Ok(())
    }
}

/// Its summary knows them without a look at rows.
fn count_services_of(table: &dyn Columnar, fold: &mut ValuesFold<'_>) -> Result<(), StoreError> {
    let mut services = table.summary().services.iter();
    services.try_for_each(|(name, rows)| fold.add_count(Scalar::from(name.as_str()), *rows))
}

fn asks_for_all_services(values: &Values) -> bool {
    values.time == TimeRange::ALL && asks_for_services(values)
}

/// Whether it is asked how many rows each service has.
fn asks_for_services(values: &Values) -> bool {
    values.of == ValuesOf::Field(Field::service())
        && matches!(&values.spans, Predicate::All(all) if all.is_empty())
}

/// What is looked at of a span.
fn projection(values: &Values) -> Projection {
    let projection = Projection::default().with_predicate(&values.spans);
    match &values.of {
        ValuesOf::Field(field) => projection.with_field(field),
        ValuesOf::Keys(scope) => projection.with_all_of(*scope),
    }
}

impl ColumnQuestion for ColumnValues {
    type Found = HashMap<Scalar, u64>;

    fn is_never(&self) -> bool {
        self.is_never()
    }

    fn look_at(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<Self::Found, DiskError> {
        self.count(columns, rows)
    }
}
