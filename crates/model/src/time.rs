//! Points in time and ranges of them.

use std::time::Duration;

/// Nanoseconds since the Unix epoch, the clock of the service that sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The earliest point in time that can be told.
    pub const MIN: Self = Self(0);
    /// The latest point in time that can be told, in the year 2554.
    pub const MAX: Self = Self(u64::MAX);

    /// The point in time so many nanoseconds after the Unix epoch.
    pub const fn from_unix_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn unix_nanos(self) -> u64 {
        self.0
    }

    /// This point, unless it is the Unix epoch, which stands for a time that is not known: then that
    /// one.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if self.0 == 0 { other } else { self }
    }

    /// The time from `earlier` until this point, zero if `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// From `start` to `end`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first point in time of the range.
    pub start: Timestamp,
    /// The last point in time of the range.
    pub end: Timestamp,
}

impl TimeRange {
    /// All of time.
    pub const ALL: Self = Self {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
    };

    /// Whether the point is in the range.
    pub fn contains(&self, point: Timestamp) -> bool {
        self.start <= point && point <= self.end
    }
}
