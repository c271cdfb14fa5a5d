//! The reference corpus: the traffic of a shop of twenty services, from a seed.
//!
//! | | |
//! |---|---|
//! | traces | trees of 4 to 60 spans, 14 on average: HTTP servers, HTTP clients, database queries |
//! | attributes of a span | 7 to 12, by OpenTelemetry's semantic conventions, high-cardinality paths, users and addresses among them |
//! | attributes of a resource | 9 |
//! | failing traces | 2 %, with an exception event where the failure began |
//! | slow traces | 1 % take more than half a second |
//! | on the wire | about 395 bytes a span, in requests of 512 spans of one service |
//!
//! No trace is another one with new ids: that would flatter whoever compresses them. Parents
//! enclose their children, and spans leave in the order in which they end, each service by itself,
//! so that the spans of a trace arrive in several requests, children before parents.
//!
//! The same seed and start give the same bytes on every platform and in every later version; what
//! changes them changes the meaning of all figures taken before.

mod arrival;
mod catalog;
mod logs;
mod plan;
mod random;
mod spans;
#[cfg(test)]
mod tests;
mod world;

use std::num::NonZeroU32;
use std::time::Duration;

use clew_model::{Timestamp, Trace};

pub use arrival::{Request, Requests};
pub use logs::{LogRequests, RARE_EVERY, RARE_WORD};
use random::Random;
use world::World;

/// How many spans an exporter sends at once: OpenTelemetry's default for batches.
pub const SPANS_PER_REQUEST: usize = 512;

/// How many spans the shop makes in a second of its own time. It sets how the corpus is spread
/// over time, not how fast it is sent.
pub const SPANS_PER_SECOND: u64 = 20_000;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// How many spans a trace has on average.
const SPANS_PER_TRACE: u64 = 14;

/// The time from the start of a trace to that of the next is spread evenly up to this.
const TRACE_GAP_NANOS_MAX: u64 = 2 * NANOS_PER_SECOND * SPANS_PER_TRACE / SPANS_PER_SECOND;

/// The corpus of a seed. It has no end; what is made of it depends on nothing but the three fields.
#[derive(Debug, Clone, Copy)]
pub struct Corpus {
    /// Another seed gives other traces of the same shop.
    pub seed: u64,
    /// When the first trace starts.
    pub start: Timestamp,
    /// How many times as long as in the shop it is from one trace to the next: the same traces over a
    /// longer time. 1 for all figures that are compared.
    pub slowdown: NonZeroU32,
}

impl Corpus {
    /// Its traces, by their start. Spans are ordered by start within each.
    pub fn traces(self) -> Traces {
        Traces {
            random: Random::new(self.seed),
            world: World::new(self.seed),
            clock: self.start,
            slowdown: self.slowdown,
        }
    }

    /// The first traces that have at least `spans` spans together, as the shop's services send
    /// them.
    pub fn requests(self, spans: u64) -> Requests {
        self.requests_delayed(spans, Duration::ZERO)
    }

    /// The same by exporters that wait so long between two batches, as SDKs do: the spans of a trace
    /// arrive over all of that time, from each service at another moment of it.
    pub fn requests_delayed(self, spans: u64, delay: Duration) -> Requests {
        Requests::new(self.traces(), spans, delay)
    }

    /// The first log records of the shop, so many, as its services send them.
    pub fn log_requests(self, records: u64) -> LogRequests {
        LogRequests::new(self.traces(), records)
    }

    /// How long the shop takes to make so many spans, on average.
    pub fn duration(spans: u64) -> Duration {
        Duration::from_nanos(spans.saturating_mul(NANOS_PER_SECOND / SPANS_PER_SECOND))
    }

    /// How many times slower than the shop so many spans have to be made to fill this time.
    pub fn slowdown_to_fill(time: Duration, spans: u64) -> NonZeroU32 {
        let shop = Self::duration(spans).as_nanos().max(1);
        let times = u32::try_from(time.as_nanos() / shop).unwrap_or(u32::MAX);
        NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN)
    }
}

/// The traces of a [`Corpus`], without end.
#[derive(Debug)]
pub struct Traces {
    random: Random,
    world: World,
    clock: Timestamp,
    slowdown: NonZeroU32,
}

impl Iterator for Traces {
    type Item = Trace;

    fn next(&mut self) -> Option<Trace> {
        let start = self.clock;
        let plan = plan::grow(&self.world, &mut self.random);
        let trace = spans::of(&plan, start, &mut self.random);
        let gap = self.random.below(TRACE_GAP_NANOS_MAX) * u64::from(self.slowdown.get());
        self.clock = Timestamp::from_unix_nanos(start.unix_nanos() + gap);
        Some(trace)
    }
}
