//! What a trace is, in one line.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use clew_model::{Span, Timestamp, TraceId};

/// A trace in one line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSummary {
    /// Its id.
    pub id: TraceId,
    /// What it began with.
    pub root: Root,
    /// When its first span started.
    pub start: Timestamp,
    /// From the first start of a span to the last end.
    pub duration: Duration,
    /// How many spans have arrived.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
    /// The services that took part, in the order of their first spans; at most
    /// [`TraceSummary::SERVICES_MAX`].
    pub services: Vec<ServiceSummary>,
    /// How many services more there are.
    pub services_left_out: usize,
}

impl TraceSummary {
    /// More services than a reader looks at, and than a list of traces should have to carry.
    pub const SERVICES_MAX: usize = 100;
}

/// The span that a trace began with, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The service that made it, if it has a name.
    pub service: Option<String>,
    /// What it did.
    pub name: String,
    /// Whether the root itself is not there: then this is the earliest span that is.
    pub is_missing: bool,
}

/// The part of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSummary {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// How many spans it made.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
}

/// Makes the summary of one trace from its spans, which come in the order of their start.
#[derive(Debug)]
pub struct Summarizer {
    id: TraceId,
    root: Option<Root>,
    start: Timestamp,
    end: Timestamp,
    spans: u64,
    errors: u64,
    services: Vec<ServiceSummary>,
    by_name: HashMap<Option<String>, usize>,
}

impl Summarizer {
    /// No span was seen yet.
    pub fn new(id: TraceId) -> Self {
        Self {
            id,
            root: None,
            start: Timestamp::MAX,
            end: Timestamp::MIN,
            spans: 0,
            errors: 0,
            services: Vec::new(),
            by_name: HashMap::new(),
        }
    }

    /// Adds the next span.
    pub fn add(&mut self, span: &Span) {
        let is_root = span.parent_span_id.is_none();
        if self
            .root
            .as_ref()
            .is_none_or(|root| root.is_missing && is_root)
        {
            self.root = Some(Root {
                service: span.service_name().map(str::to_owned),
                name: span.name.clone(),
                is_missing: !is_root,
            });
        }
        self.start = self.start.min(span.start);
        self.end = self.end.max(span.end).max(span.start);
        let errors = u64::from(span.is_error());
        self.spans += 1;
        self.errors += errors;
        let service = self.service(span.service_name());
        service.spans += 1;
        service.errors += errors;
    }

    fn service(&mut self, name: Option<&str>) -> &mut ServiceSummary {
        let name = name.map(str::to_owned);
        let next = self.services.len();
        let number = *self.by_name.entry(name.clone()).or_insert(next);
        if number == next {
            self.services.push(ServiceSummary {
                name,
                spans: 0,
                errors: 0,
            });
        }
        &mut self.services[number]
    }

    /// The summary; `None` if there was no span.
    pub fn finish(self) -> Option<TraceSummary> {
        let mut services = self.services;
        let services_left_out = services.len().saturating_sub(TraceSummary::SERVICES_MAX);
        services.truncate(TraceSummary::SERVICES_MAX);
        Some(TraceSummary {
            id: self.id,
            root: self.root?,
            start: self.start,
            duration: self.end.since(self.start),
            spans: self.spans,
            errors: self.errors,
            services,
            services_left_out,
        })
    }
}
