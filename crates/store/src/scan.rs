//! Which traces there are: the question, and its answers a page at a time.

use std::cmp::Ordering;
use std::ops::Range;
use std::time::Duration;

use clew_model::{SpanRef, TimeRange, Timestamp, TraceId};

use crate::{Position, Predicate, StoreError};

/// Which traces to find: those that have, for each predicate, a span of which it holds.
///
/// They need not be different spans, nor arrive together. Without any predicate every trace is
/// found that has a span in the range.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// When the spans started of which the predicates hold.
    pub time: TimeRange,
    /// What must hold, each of some span of the trace; at most [`Scan::PREDICATES_MAX`].
    pub spans: Vec<Predicate>,
    /// Which traces come first.
    pub order: Order,
    /// When those spans arrived; `None` for whenever.
    pub arrived: Option<Range<Position>>,
}

impl Scan {
    /// How many predicates there may be: a store notes in the bits of a number which it has found.
    pub const PREDICATES_MAX: usize = 64;

    /// The newest traces with a span of which this holds.
    pub fn newest(time: TimeRange, span: Predicate) -> Self {
        Self {
            time,
            spans: vec![span],
            order: Order::Newest,
            arrived: None,
        }
    }
}

/// Which traces come first, by the spans of them that were asked for.
///
/// So a store knows the key of a trace from those spans alone, wherever the rest of it is. A span
/// that comes late can only move its trace towards the beginning, so that no page shows a trace
/// that an earlier one has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By the start of the one that started last, the latest first.
    Newest,
    /// By the start of the one that started first, the earliest first.
    Oldest,
    /// By the duration of the one that took longest, the longest first.
    Slowest,
}

/// What traces are ordered by, in nanoseconds: a start or a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(pub u64);

impl Order {
    /// The key that this span would give its trace.
    pub fn key(self, span: SpanRef<'_>) -> OrderKey {
        OrderKey(match self {
            Self::Newest | Self::Oldest => span.start().unix_nanos(),
            Self::Slowest => nanos(span.duration()),
        })
    }

    /// How two traces are ordered; those of one key by their ids.
    pub fn compare(self, one: (OrderKey, TraceId), other: (OrderKey, TraceId)) -> Ordering {
        let by_key = one.0.cmp(&other.0);
        let by_key = match self {
            Self::Newest | Self::Slowest => by_key.reverse(),
            Self::Oldest => by_key,
        };
        by_key.then(one.1.cmp(&other.1))
    }

    /// Whether the first key puts its trace before the other.
    pub fn is_before(self, one: OrderKey, other: OrderKey) -> bool {
        match self {
            Self::Newest | Self::Slowest => one > other,
            Self::Oldest => one < other,
        }
    }
}

/// Durations are differences of 64-bit times, so that they fit.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A trace that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: TraceId,
    /// What it is ordered by.
    pub key: OrderKey,
    /// When some of the spans started that were asked for: a hint for
    /// [`TraceSnapshot::load`](crate::TraceSnapshot::load).
    pub time: TimeRange,
}

impl Candidate {
    /// How two traces are ordered.
    pub fn compare(&self, other: &Self, order: Order) -> Ordering {
        order.compare((self.key, self.id), (other.key, other.id))
    }

    /// Whether the trace comes after this place.
    pub fn is_after(&self, cursor: &Cursor, order: Order) -> bool {
        order
            .compare((self.key, self.id), (cursor.key, cursor.id))
            .is_gt()
    }

    /// The place of the trace in the order: what comes after it is the next page.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            key: self.key,
            id: self.id,
        }
    }

    /// What the trace can be loaded by.
    pub fn trace_key(&self) -> TraceKey {
        TraceKey {
            id: self.id,
            time: Some(self.time),
        }
    }
}

/// A place in the order of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The key of the trace that stands there.
    pub key: OrderKey,
    /// Its id.
    pub id: TraceId,
}

/// A trace that is to be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceKey {
    /// Its id.
    pub id: TraceId,
    /// When some of its spans started, if that is known: where to look first. It is a hint, and all
    /// spans are loaded whenever they started.
    pub time: Option<TimeRange>,
}

impl From<TraceId> for TraceKey {
    fn from(id: TraceId) -> Self {
        Self { id, time: None }
    }
}

/// The spans of a trace that were asked for, as far as they have been found.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    predicates: u64,
    key: OrderKey,
    time: TimeRange,
}

impl Found {
    /// A span of the trace, of which the predicates of these bits hold.
    pub fn new(predicates: u64, key: OrderKey, start: Timestamp) -> Self {
        Self {
            predicates,
            key,
            time: TimeRange { start, end: start },
        }
    }

    /// The key as far as it is known.
    pub fn key(&self) -> OrderKey {
        self.key
    }

    /// Adds what was found elsewhere.
    pub fn merge(&mut self, other: &Self, order: Order) {
        self.predicates |= other.predicates;
        if order.is_before(other.key, self.key) {
            self.key = other.key;
        }
        self.time.start = self.time.start.min(other.time.start);
        self.time.end = self.time.end.max(other.time.end);
    }

    /// The trace, if all predicates of the scan were found to hold.
    pub fn candidate(&self, id: TraceId, scan: &Scan) -> Option<Candidate> {
        (self.predicates == scan.all_bits()).then_some(Candidate {
            id,
            key: self.key,
            time: self.time,
        })
    }
}

impl Scan {
    /// What the span contributes to its trace; `None` if nothing that was asked for holds of it.
    /// When it arrived is for the store to check.
    pub fn find(&self, span: SpanRef<'_>) -> Option<Found> {
        if !self.time.contains(span.start()) {
            return None;
        }
        let mut bits = 0;
        if self.spans.is_empty() {
            bits = 1;
        }
        for (number, predicate) in self.spans.iter().enumerate() {
            bits |= u64::from(predicate.holds(span)) << number;
        }
        (bits != 0).then(|| Found::new(bits, self.order.key(span), span.start()))
    }

    /// Whether the scan can be answered; a store asks before it does.
    ///
    /// # Errors
    /// If there are too many predicates.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.spans.len() > Self::PREDICATES_MAX {
            return Err(StoreError::LimitExceeded {
                what: format!(
                    "a search has more than {} conditions on spans of a trace",
                    Self::PREDICATES_MAX
                ),
            });
        }
        Ok(())
    }

    /// One bit for each predicate, and one if there is none.
    fn all_bits(&self) -> u64 {
        u64::MAX >> (Self::PREDICATES_MAX - self.spans.len().clamp(1, Self::PREDICATES_MAX))
    }
}
