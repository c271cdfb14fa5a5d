//! What many spans of an answer share, such as their resource, written once.

use std::collections::HashMap;
use std::sync::Arc;

use clew_store::{Held, QueryContext};

use super::Failure;

/// What many spans share, each once, in the order first seen.
pub(super) struct Shared {
    /// By its JSON, which says all that there is of it.
    known: HashMap<Arc<str>, usize>,
    in_order: Vec<Arc<str>>,
    /// Most spans of a part share few, which are long to write.
    by_address: HashMap<usize, usize>,
    context: QueryContext,
    memory: Held,
}

impl Shared {
    pub(super) fn new(context: &QueryContext) -> Self {
        Self {
            known: HashMap::new(),
            in_order: Vec::new(),
            by_address: HashMap::new(),
            context: context.clone(),
            memory: context.hold(),
        }
    }

    /// The number of this one, counted from zero.
    pub(super) fn number<T>(
        &mut self,
        shared: &Arc<T>,
        json: impl FnOnce(&T) -> serde_json::Result<String>,
    ) -> Result<usize, Failure> {
        let address = Arc::as_ptr(shared).addr();
        if let Some(&number) = self.by_address.get(&address) {
            return Ok(number);
        }
        let json: Arc<str> = json(shared)?.into();
        let next = self.in_order.len();
        let number = *self.known.entry(Arc::clone(&json)).or_insert(next);
        if number == next {
            self.memory.grow(json.len())?;
            self.in_order.push(json);
        }
        self.by_address.insert(address, number);
        Ok(number)
    }

    /// Addresses are told apart only while what is there is alive: to the end of a part.
    pub(super) fn forget_addresses(&mut self) {
        self.by_address.clear();
    }

    /// All of them, in the order of their numbers; from here on there are none.
    pub(super) fn take(&mut self) -> Vec<Arc<str>> {
        self.known.clear();
        self.memory = self.context.hold();
        std::mem::take(&mut self.in_order)
    }
}
