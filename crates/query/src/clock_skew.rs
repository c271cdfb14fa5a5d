//! Whether the clocks of the two ends of a call differ, as far as the call shows it.

use std::time::Duration;

use clew_model::Timestamp;

/// Clocks of one machine are that close, and NTP keeps those of several within some of these.
const SKEW_MIN: Duration = Duration::from_millis(1);

/// How far the handling of a call lies outside of the call, which waits for it, if it does; each from
/// start to end.
pub(crate) fn clock_skew(call: [Timestamp; 2], handled: [Timestamp; 2]) -> Option<Duration> {
    let early = call[0].since(handled[0]);
    let late = handled[1].since(call[1]);
    let skew = early.max(late);
    (skew >= SKEW_MIN).then_some(skew)
}
