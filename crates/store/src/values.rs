//! Which values there are: services, names, attribute keys, the values of an attribute.

use std::collections::HashMap;
use std::ops::ControlFlow;

use clew_model::{Attributes, TimeRange};

use crate::field::{AttributeScope, Field, Scalar};
use crate::{Predicate, QueryContext, Record, StoreError};

/// Which values to count.
#[derive(Debug, Clone)]
pub struct Values {
    /// When the spans started, or the log records happened.
    pub time: TimeRange,
    /// What must hold of them.
    pub spans: Predicate,
    /// Of which part of them.
    pub of: ValuesOf,
    /// How many values to answer at the most: those of the most spans.
    pub limit: usize,
}

/// What is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValuesOf {
    /// The values of a field.
    Field(Field),
    /// The keys of the attributes of this scope.
    Keys(AttributeScope),
}

/// Values, those of the most spans first, and in their own order where as many spans have them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopValues {
    /// At most as many as were asked for.
    pub values: Vec<ValueCount>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A value, and how many spans have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCount {
    /// The value. Bytes, arrays and maps are in their text form.
    pub value: Scalar,
    /// How many spans have it.
    pub spans: u64,
}

/// Counts values span by span, or log record by log record.
#[derive(Debug)]
pub struct ValuesFold<'a> {
    question: &'a Values,
    context: &'a QueryContext,
    counts: HashMap<Scalar, u64>,
}

/// What a value takes in the table beside its text.
const ENTRY_BYTES: usize = 64;

impl<'a> ValuesFold<'a> {
    /// Nothing is counted yet.
    pub fn new(question: &'a Values, context: &'a QueryContext) -> Self {
        Self {
            question,
            context,
            counts: HashMap::new(),
        }
    }

    /// Counts the values of the span or log record, if it is one that was asked for.
    ///
    /// # Errors
    /// If there are too many values for the query's memory.
    pub fn add<'r>(&mut self, record: impl Record<'r>) -> Result<(), StoreError> {
        if !self.question.time.contains(record.time()) || !self.question.spans.holds(record) {
            return Ok(());
        }
        for value in self.values_of(record) {
            self.add_count(value, 1)?;
        }
        Ok(())
    }

    /// Counts a value that so many more spans have.
    ///
    /// # Errors
    /// If there are too many values for the query's memory.
    pub fn add_count(&mut self, value: Scalar, spans: u64) -> Result<(), StoreError> {
        if let Some(count) = self.counts.get_mut(&value) {
            *count += spans;
            return Ok(());
        }
        self.context.take(ENTRY_BYTES + value.text_len())?;
        self.counts.insert(value, spans);
        Ok(())
    }

    /// The values that there are here, each once.
    fn values_of<'r>(&self, record: impl Record<'r>) -> Vec<Scalar> {
        let mut values = Vec::new();
        let _never_ends_early = match &self.question.of {
            ValuesOf::Field(field) => field.visit(record, |value| {
                values.push(value.to_scalar());
                ControlFlow::Continue(())
            }),
            ValuesOf::Keys(scope) => {
                record.visit_attributes(*scope, &mut |attributes: Attributes<'_>| {
                    values.extend(
                        attributes
                            .iter()
                            .map(|attribute| Scalar::from(attribute.key)),
                    );
                    ControlFlow::Continue(())
                })
            }
        };
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The values of the most spans.
    pub fn finish(self) -> TopValues {
        let counts = self.counts.into_iter();
        let mut values: Vec<_> = counts
            .map(|(value, spans)| ValueCount { value, spans })
            .collect();
        values.sort_unstable_by(|one, other| {
            let by_count = one.spans.cmp(&other.spans).reverse();
            by_count.then_with(|| one.value.cmp(&other.value))
        });
        let has_more = values.len() > self.question.limit;
        values.truncate(self.question.limit);
        TopValues { values, has_more }
    }
}
