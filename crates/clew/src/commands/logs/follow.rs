//! Log records as they arrive, over as many connections as that takes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use anstream::eprintln;
use jiff::Timestamp;

use super::super::backend::BackendError;
use super::LIMIT_MAX;
use super::client::{Arrival, LogClient, Question, Tail};
use super::output::Output;
use super::record::{Page, Record};
use crate::error::harmless;

/// How long to wait before a connection is made anew; each time in vain twice as long as before.
const RETRY_DELAY_MIN: Duration = Duration::from_millis(500);

/// Nobody wants to wait for longer when the backend is back.
const RETRY_DELAY_MAX: Duration = Duration::from_secs(10);

/// Prints what arrives.
pub(super) struct Follower {
    client: LogClient,
    question: Question,
    /// How many of those that were there before are shown.
    limit: u16,
    output: Output,
    printed: Recent,
    /// When the newest that was printed happened.
    newest: Option<Timestamp>,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Starting,
    Connected,
    Lost { since: Timestamp, delay: Duration },
}

impl Follower {
    pub(super) fn new(client: LogClient, question: Question, limit: u16, output: Output) -> Self {
        Self {
            client,
            question,
            limit,
            output,
            printed: Recent::default(),
            newest: None,
            state: State::Starting,
        }
    }

    /// Prints the newest and what arrives; a connection that breaks is made anew.
    pub(super) async fn run(mut self) -> Result<Infallible, BackendError> {
        loop {
            let Err(error) = self.follow().await;
            let (since, delay) = match self.state {
                _ if !error.may_pass() => return Err(error),
                State::Starting => return Err(error),
                State::Connected => {
                    let why = harmless(&error.in_short());
                    eprintln!("{why}; trying again until it works");
                    (Timestamp::now(), RETRY_DELAY_MIN)
                }
                State::Lost { since, delay } => (since, delay),
            };
            tokio::time::sleep(delay).await;
            let delay = (delay * 2).min(RETRY_DELAY_MAX);
            self.state = State::Lost { since, delay };
        }
    }

    /// The same over one connection.
    async fn follow(&mut self) -> Result<Infallible, BackendError> {
        // Before the question for those that are there: so none is missed that arrives in between.
        let mut tail = self.client.tail(&self.question).await?;
        let mut overlap = self.catch_up().await?;
        loop {
            match self.next(&mut tail).await? {
                Some(record) if !overlap.take(record.identity()) => self.print(&record)?,
                _ => {}
            }
        }
    }

    /// Prints the newest that were not printed before, and gives back all that were looked at.
    async fn catch_up(&mut self) -> Result<Recent, BackendError> {
        let start = self.missed_since().map(Timestamp::as_nanosecond);
        let start = start.and_then(|nanos| u128::try_from(nanos).ok());
        let is_first = matches!(self.state, State::Starting);
        let limit = if is_first { self.limit } else { LIMIT_MAX };
        let page = if limit > 0 {
            self.client.page(&self.question, limit, start, None).await?
        } else {
            // So that none of those that are there is looked for when a connection was lost.
            self.newest = Some(Timestamp::now());
            Page::default()
        };
        if !is_first {
            eprintln!("connected to {} again", harmless(&self.client.url()));
            if page.next.is_some() {
                tell_skipped();
            }
        }
        self.state = State::Connected;
        page.tell_partial();
        let mut before = self.printed.clone();
        let mut looked_at = Recent::default();
        for record in &page.records {
            let identity = record.identity();
            looked_at.add(identity);
            if !before.take(identity) {
                self.print(record)?;
            }
        }
        Ok(looked_at)
    }

    /// From when on something may have been missed; `None` if nothing was printed yet. What happened
    /// before and arrived late, while there was no connection, is not found again.
    fn missed_since(&self) -> Option<Timestamp> {
        match self.state {
            // The clock of a service may be ahead.
            State::Lost { since, .. } => self.newest.map(|newest| newest.min(since)),
            State::Starting | State::Connected => None,
        }
    }

    async fn next(&self, tail: &mut Tail) -> Result<Option<Box<Record>>, BackendError> {
        match tail.next().await? {
            Arrival::Record(record) => return Ok(Some(record)),
            Arrival::Skipped => tell_skipped(),
            Arrival::Unreadable => {
                eprintln!("a log record came that this version of clew does not understand");
            }
        }
        Ok(None)
    }

    fn print(&mut self, record: &Record) -> Result<(), BackendError> {
        self.printed.add(record.identity());
        self.newest = self.newest.max(record.time);
        self.output.print(record)
    }
}

fn tell_skipped() {
    eprintln!("more log records came than can be shown; the newest of them follow");
}

/// Which log records there were, as many as a page has, each as often as it came: a program may say the
/// same twice.
#[derive(Debug, Clone, Default)]
struct Recent(VecDeque<u64>);

impl Recent {
    fn add(&mut self, identity: u64) {
        if self.0.len() == usize::from(LIMIT_MAX) {
            self.0.pop_front();
        }
        self.0.push_back(identity);
    }

    /// Whether it was there once more than it was taken.
    fn take(&mut self, identity: u64) -> bool {
        let place = self.0.iter().position(|&known| known == identity);
        place.is_some_and(|place| self.0.remove(place).is_some())
    }
}
