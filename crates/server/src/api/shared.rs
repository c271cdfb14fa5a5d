//! What many spans of an answer share, such as their resource, written once.

use std::collections::HashMap;
use std::sync::Arc;

use clew_store::{Held, QueryContext};

use super::Failure;
use super::stream::JsonWriter;

/// What many spans share, each once, in the order first seen.
pub(super) struct Shared<T> {
    /// By its JSON, which says all that there is of it.
    known: HashMap<Arc<str>, usize>,
    in_order: Vec<Arc<str>>,
    /// By address: most neighbours share few, which are long to write.
    numbers: HashMap<usize, usize>,
    written: Written<T>,
    context: QueryContext,
    memory: Held,
}

/// The JSON of some, by their addresses, of which each stays what it is for as long as it is held.
struct Written<T> {
    by_address: HashMap<usize, (Arc<T>, Arc<str>)>,
    /// How long their JSON is together.
    bytes: usize,
}

/// How long the JSON of those may be that are held.
const WRITTEN_BYTES_MAX: usize = 1 << 20;

impl<T> Shared<T> {
    pub(super) fn new(context: &QueryContext) -> Self {
        Self {
            known: HashMap::new(),
            in_order: Vec::new(),
            numbers: HashMap::new(),
            written: Written {
                by_address: HashMap::new(),
                bytes: 0,
            },
            context: context.clone(),
            memory: context.hold(),
        }
    }

    /// The number of this one, counted from zero.
    pub(super) fn number(
        &mut self,
        shared: &Arc<T>,
        json: impl FnOnce(&T) -> serde_json::Result<String>,
    ) -> Result<usize, Failure> {
        let address = Arc::as_ptr(shared).addr();
        if let Some(&number) = self.numbers.get(&address) {
            return Ok(number);
        }
        let json = match self.written.by_address.get(&address) {
            Some((_, json)) => Arc::clone(json),
            None => json(shared)?.into(),
        };
        let next = self.in_order.len();
        let number = *self.known.entry(Arc::clone(&json)).or_insert(next);
        if number == next {
            self.memory.grow(json.len())?;
            self.in_order.push(Arc::clone(&json));
        }
        self.hold(address, shared, json, number);
        Ok(number)
    }

    /// Holds it, so that its address stands for it. One that is too long is written each time.
    fn hold(&mut self, address: usize, shared: &Arc<T>, json: Arc<str>, number: usize) {
        if json.len() > WRITTEN_BYTES_MAX {
            return;
        }
        if !self.written.by_address.contains_key(&address) {
            if self.written.bytes + json.len() > WRITTEN_BYTES_MAX {
                self.numbers.clear();
                self.written.by_address.clear();
                self.written.bytes = 0;
            }
            self.written.bytes += json.len();
            let held = (Arc::clone(shared), json);
            self.written.by_address.insert(address, held);
        }
        self.numbers.insert(address, number);
    }

    /// Writes all of them as a list, in the order of their numbers.
    pub(super) async fn write(&self, json: &mut JsonWriter) -> Result<(), Failure> {
        json.raw("[");
        for (number, text) in self.in_order.iter().enumerate() {
            if number > 0 {
                json.raw(",");
            }
            json.raw(text);
            json.flow().await?;
        }
        json.raw("]");
        Ok(())
    }

    /// All of them, in the order of their numbers; from here on there are none.
    pub(super) fn take(&mut self) -> Vec<Arc<str>> {
        self.known.clear();
        self.numbers.clear();
        self.memory = self.context.hold();
        std::mem::take(&mut self.in_order)
    }
}
