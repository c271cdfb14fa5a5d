//! Which values there are, from columns where those tell.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanRef, TimeRange};
use clew_store::{
    Answer, Field, Predicate, Scalar, StoreError, TopValues, Values, ValuesFold, ValuesOf,
};

use super::Snapshot;
use super::each::{Chunks, ColumnQuestion, for_each_in_table};
use super::turns::Turn;
use crate::columns::{ColumnValues, Columnar, Projection};
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
        let question = Arc::new(values.clone());
        for table in self.tables_with(time, spans) {
            let question = Arc::clone(&question);
            let chunks = Chunks::new(table, move |columns| ColumnValues::new(&question, columns));
            match damage.note(chunks.await?) {
                Some(Some(mut chunks)) => {
                    while let Some((rest, counts)) = chunks.next(&mut turn, &mut damage).await? {
                        for (value, spans) in counts {
                            fold.add_count(value, spans)?;
                        }
                        chunks = rest;
                    }
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
