//! Which services a resource names, looked up once for the spans that share it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use clew_model::{SpanRef, ValueRef};
use clew_store::{Field, FieldRef};

/// The services of the rows of one block, by number.
#[derive(Debug, Default)]
pub(super) struct Services {
    numbers: HashMap<String, usize>,
    rows: Vec<Vec<u32>>,
    /// Those of the resource that was seen last, as most spans share it with the one before.
    last: Option<(usize, usize, Vec<usize>)>,
}

impl Services {
    /// The row has this span, of the batch of this number.
    pub(super) fn add(&mut self, row: u32, batch: usize, span: SpanRef<'_>) {
        let resource = span.resource_index();
        let last = self
            .last
            .take()
            .filter(|last| (last.0, last.1) == (batch, resource));
        let (.., services) = last.unwrap_or_else(|| (batch, resource, self.services_of(span)));
        for &service in &services {
            self.rows[service].push(row);
        }
        self.last = Some((batch, resource, services));
    }

    /// Usually one, but a resource may have the attribute twice.
    fn services_of(&mut self, span: SpanRef<'_>) -> Vec<usize> {
        let mut services = Vec::new();
        let _never_ends_early = Field::service().visit(span, |value| {
            if let FieldRef::Value(ValueRef::String(name)) = value {
                services.push(self.number(name));
            }
            ControlFlow::Continue(())
        });
        services.sort_unstable();
        services.dedup();
        services
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.rows.len();
        self.numbers.insert(name.to_owned(), number);
        self.rows.push(Vec::new());
        number
    }

    /// The rows of each service, in the order in which they were added.
    pub(super) fn finish(self) -> HashMap<String, Vec<u32>> {
        let mut rows = self.rows;
        let numbers = self.numbers.into_iter();
        numbers
            .map(|(name, number)| (name, std::mem::take(&mut rows[number])))
            .collect()
    }
}
