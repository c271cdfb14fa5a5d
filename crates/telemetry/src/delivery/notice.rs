//! Saying a thing once.

#[cfg(test)]
mod tests;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lock;

/// How long a notice is not repeated if its cause comes and goes.
const QUIET: Duration = Duration::from_mins(5);

/// Something that is said when it begins, and not again until it has ended.
#[derive(Debug, Default)]
pub(super) struct Notice {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether it was said and has not ended since.
    is_on: bool,
    said: Option<Instant>,
}

impl Notice {
    /// Notes that it goes on. Says whether it is time to say so.
    pub(super) fn begin(&self, now: Instant) -> bool {
        let mut state = lock(&self.state);
        let just_said = |said: Instant| now.duration_since(said) < QUIET;
        if state.is_on || state.said.is_some_and(just_said) {
            return false;
        }
        *state = State {
            is_on: true,
            said: Some(now),
        };
        true
    }

    /// Notes that it has ended. Says whether its beginning was said.
    pub(super) fn end(&self) -> bool {
        std::mem::take(&mut lock(&self.state).is_on)
    }
}
