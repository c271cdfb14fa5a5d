//! The way of the rows of one signal: from the head into columns, and into segments.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clew_store::BudgetShare;

use crate::batch::SignalBatch;
use crate::contents::{Contents, HeadSize};
use crate::head::ColumnsThread;
use crate::seal::Sealing;

/// The log may become so many times as long as it is when a head is sealed, while that goes on.
const LOG_TIMES_MAX: u64 = 2;

/// How much there is in the head before it is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadBounds {
    /// How many spans, or log records.
    pub(crate) rows: usize,
    /// How much memory, in bytes.
    pub(crate) bytes: usize,
    /// For how long they stay, if they are fewer.
    pub(crate) age: Duration,
    /// How many bytes the log has of them, and of what was sent again: that takes room in the log, and
    /// none in the head.
    pub(crate) log_bytes: u64,
}

impl HeadBounds {
    pub(crate) fn are_reached(&self, head: HeadSize) -> bool {
        head.rows >= self.rows || head.bytes >= self.bytes
    }
}

/// What becomes of the rows of one signal.
pub(crate) struct Pipeline<B: SignalBatch> {
    pub(crate) contents: Arc<Contents<B>>,
    pub(crate) columns: ColumnsThread<B>,
    /// What the head takes of the memory, and the one that is being sealed.
    pub(crate) heads: BudgetShare,
    pub(crate) sealing: Sealing<B>,
    pub(crate) bounds: HeadBounds,
    /// How many bytes of requests, of any signal, the log has since the head was sealed last.
    pub(crate) logged_bytes: u64,
}

impl<B: SignalBatch> Pipeline<B> {
    /// Says how much memory the head takes.
    pub(super) fn count_heads(&mut self) {
        self.heads.set(self.contents.heads_bytes());
    }

    /// Waits until the head is not full, if it is: what comes in is then faster than the disk. The log
    /// ends with this group.
    pub(super) fn make_room(&mut self, last_group: u64, until: Instant) -> Result<(), String> {
        let head = self.contents.head_size();
        if head.is_behind {
            self.columns.wait(left_until(until))?;
        }
        if self.bounds.are_reached(head) {
            self.sealing.wait(left_until(until))?;
            self.begin_to_seal(last_group);
        }
        Ok(())
    }

    /// Waits until what is being sealed is, if the log has become far longer meanwhile.
    pub(super) fn make_room_in_log(&self, until: Instant) -> Result<(), String> {
        let is_long = self.logged_bytes >= self.bounds.log_bytes.saturating_mul(LOG_TIMES_MAX);
        if is_long {
            self.sealing.wait(left_until(until))?;
        }
        Ok(())
    }

    /// Has rows put into columns, if there are enough.
    pub(super) fn move_to_columns(&mut self) {
        match self.columns.is_busy() {
            Ok(true) => {}
            Ok(false) => {
                if let Some(blocks) = self.contents.begin_to_move() {
                    self.columns.begin(blocks);
                }
            }
            // What is said of this thread is then said of that one.
            Err(why) => panic!("{why}"),
        }
    }

    /// Panics if the thread that seals has.
    pub(super) fn check(&self) {
        if let Some(why) = self.sealing.panic() {
            // What is said of this thread is then said of that one.
            panic!("{why}");
        }
    }

    /// The last group of the log of which all rows are in segments.
    pub(super) fn sealed_group(&self) -> u64 {
        self.sealing.sealed_group()
    }

    /// Has the head sealed if it is due; the other signal is sealed up to a group, and the log ends
    /// with the last.
    pub(super) fn seal_if_due(&mut self, last_group: u64, sealed_of_other: u64, needs_room: bool) {
        let head = self.contents.head_size();
        let is_old = |since: Instant| since.elapsed() >= self.bounds.age;
        // A segment takes a tenth of the room that the log takes for the same rows.
        let is_log_long = needs_room || self.logged_bytes >= self.bounds.log_bytes;
        // The log is given back as far as both signals are sealed, and without rows that costs little.
        let is_behind = head.rows == 0 && self.sealed_group() < sealed_of_other;
        let is_due = self.bounds.are_reached(head) || is_log_long || is_behind;
        if (is_due || head.since.is_some_and(is_old)) && self.sealing.is_idle() {
            self.begin_to_seal(last_group);
        }
    }

    /// Has all rows sealed that the log holds. A head may have none of them: they were sent again, and
    /// are in segments already.
    fn begin_to_seal(&mut self, last_group: u64) {
        let is_empty = self.contents.head_size().rows == 0;
        if is_empty && last_group == self.sealed_group() {
            return;
        }
        if let Some(frozen) = self.contents.freeze() {
            self.logged_bytes = 0;
            self.sealing.begin(frozen, last_group);
        }
    }

    /// Begins to seal what there is, once what is being sealed is.
    pub(super) fn begin_to_close(&mut self, last_group: u64, until: Instant) {
        match self.sealing.wait(left_until(until)) {
            Ok(()) => self.begin_to_seal(last_group),
            Err(why) => say_left(B::ROWS, &why),
        }
    }

    /// Waits until that is done.
    pub(super) fn wait_to_close(&self, until: Instant) {
        if let Err(why) = self.sealing.wait(left_until(until)) {
            say_left(B::ROWS, &why);
        }
    }
}

fn left_until(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn say_left(rows: &str, why: &str) {
    tracing::warn!("the last {rows} stay in the log until the next start: {why}");
}
