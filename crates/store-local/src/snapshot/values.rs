//! Which values there are, from columns where those tell.

use std::sync::Arc;

use clew_model::{SpanRef, TimeRange};
use clew_store::{
    Answer, Field, Predicate, Scalar, StoreError, TopValues, Values, ValuesFold, ValuesOf,
};

use super::Snapshot;
use super::each::for_each_in_table;
use super::scan::ROWS_PER_SPAN;
use super::sealed::{Damage, blocking};
use super::turns::Turn;
use crate::columns::{ColumnValues, Columnar, Projection};
use crate::error::DiskError;

/// How many rows are counted at once.
const CHUNK_ROWS: u32 = 32 << 10;

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
        let question = Arc::new(values.clone());
        for table in self.tables_with(time, spans) {
            match damage.note(Counting::new(table, &question).await?) {
                Some(Some(counting)) => {
                    counting.add_to(&mut fold, &mut turn, &mut damage).await?;
                }
                Some(None) => {
                    let predicate = Arc::new(spans.clone());
                    let projection = Arc::new(projection(values));
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
        for table in &self.tables {
            for (name, spans) in &table.summary().services {
                fold.add_count(Scalar::from(name.as_str()), *spans)?;
            }
            turn.advance(1).await?;
        }
        Ok(())
    }
}

fn asks_for_all_services(values: &Values) -> bool {
    values.time == TimeRange::ALL
        && values.of == ValuesOf::Field(Field::service())
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

/// A table whose values are being counted.
struct Counting {
    table: Arc<dyn Columnar>,
    columns: ColumnValues,
}

impl Counting {
    /// `None` if its spans have to be looked at, one by one.
    async fn new(
        table: &Arc<dyn Columnar>,
        values: &Arc<Values>,
    ) -> Result<Result<Option<Self>, DiskError>, StoreError> {
        let (table, values) = (Arc::clone(table), Arc::clone(values));
        blocking(move || {
            let columns = ColumnValues::new(&values, &*table)?;
            Ok(columns.map(|columns| Self { table, columns }))
        })
        .await
    }

    /// Counts the values of all spans.
    async fn add_to(
        mut self,
        fold: &mut ValuesFold<'_>,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        let end = self.table.rows();
        let mut from = if self.columns.is_never() { end } else { 0 };
        while from < end {
            let rows = from..end.min(from.saturating_add(CHUNK_ROWS));
            from = rows.end;
            let looked_at = rows.len();
            let (back, counts) = blocking(move || {
                let counts = self.columns.count(&*self.table, &rows);
                (self, counts)
            })
            .await?;
            self = back;
            let Some(counts) = damage.note(counts) else {
                break;
            };
            for (value, spans) in counts {
                fold.add_count(value, spans)?;
            }
            turn.advance_by(looked_at, looked_at / ROWS_PER_SPAN)
                .await?;
        }
        Ok(())
    }
}
