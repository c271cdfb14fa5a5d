//! `GET /api/clew/v1/logs/live`: each log record as it arrives.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use clew_model::LogRecord;
use clew_store::{Answer as Found, LogPage, LogScan, Position, QueryContext};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior};

use super::{LogRecordJson, search};
use crate::api::clew::Answer;
use crate::api::clew::trace::{ResourceJson, ScopeJson};
use crate::api::parameters::Parameters;
use crate::api::stream::{self, EventWriter};
use crate::api::{Failure, LogQueries, LogQuery, Stopped};

/// From one look at the store to the next: soon enough to seem at once to a reader, and where nothing
/// has arrived a look costs next to nothing.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// How many log records of one look are sent. Nobody reads more in a quarter of a second; of more the
/// newest tell best how things are now.
const RECORDS_MAX: usize = 1_000;

/// After so long without an event there is a comment: proxies cut what is silent for a minute or so,
/// and a client that says nothing itself learns from it that the connection is alive.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// How many tails there may be at the same time. Each asks the store four times a second, so that they
/// are work even where nobody looks: enough for a team, each with a few pages open.
const TAILS_MAX: usize = 64;

/// The route, as it is below `/api/clew/v1`.
pub(super) fn router(queries: LogQueries, stopped: Stopped) -> Router {
    let tails = Tails {
        queries,
        seats: Arc::new(Semaphore::new(TAILS_MAX)),
        stopped,
    };
    Router::new()
        .route("/logs/live", get(follow))
        .with_state(tails)
}

#[derive(Clone)]
struct Tails {
    queries: LogQueries,
    seats: Arc<Semaphore>,
    stopped: Stopped,
}

async fn follow(State(tails): State<Tails>, RawQuery(query): RawQuery) -> Answer {
    let scan = search::parse_live(&Parameters::parse(query.as_deref()))?;
    let Tails {
        queries,
        seats,
        mut stopped,
    } = tails;
    let full = |_| Failure::TooManyTails {
        tails_max: TAILS_MAX,
    };
    let seat = seats.try_acquire_owned().map_err(full)?;
    // Before the answer begins, so that whoever has it misses nothing from then on.
    let tail = Tail::begin(queries, scan).await?;
    let make = |writer| async move {
        let _seat = seat;
        tail.run(&writer).await
    };
    let ended = async move {
        let _ = stopped.wait_for(|&stopped| stopped).await;
    };
    Ok(stream::events(make, ended))
}

/// What arrives from now on.
struct Tail {
    queries: LogQueries,
    scan: LogScan,
    /// What has an earlier position was looked at.
    seen: Position,
}

/// What a look found.
#[derive(Default)]
struct Arrived {
    /// The newest first.
    page: LogPage,
    /// Whether there is more than that.
    is_cut: bool,
}

impl Tail {
    async fn begin(queries: LogQueries, scan: LogScan) -> Result<Self, Failure> {
        let seen = queries.begin().await?.snapshot.end();
        Ok(Self {
            queries,
            scan,
            seen,
        })
    }

    /// Looks, and sends what it finds, until that fails.
    async fn run(mut self, writer: &EventWriter) -> Result<Infallible, Failure> {
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        // To look twice at once, since a client was slow to read, would find nothing more.
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told_at = Instant::now();
        loop {
            looks.tick().await;
            if self.look(writer).await? {
                told_at = Instant::now();
            } else if told_at.elapsed() >= KEEP_ALIVE_INTERVAL {
                let mut events = writer.begin(self.queries.context());
                events.comment("nothing new");
                events.send().await?;
                told_at = Instant::now();
            }
        }
    }

    /// Sends what has arrived since the last look; whether there was anything.
    async fn look(&mut self, writer: &EventWriter) -> Result<bool, Failure> {
        let LogQuery { snapshot, context } = match self.queries.begin().await {
            // Others have the memory at the moment. What has arrived stays where it is.
            Err(Failure::Busy) => return Ok(false),
            begun => begun?,
        };
        let end = snapshot.end();
        if end <= self.seen {
            return Ok(false);
        }
        // A look that is given up must not go on in the store.
        let _cancel = context.cancel_on_drop();
        self.scan.arrived = Some(self.seen..end);
        let found = snapshot.records(&self.scan, None, RECORDS_MAX).await;
        let arrived = match found.map_err(Failure::from) {
            Ok(found) => Arrived::from(found),
            Err(Failure::Busy) => return Ok(false),
            // To ask the same again, and for more, would not help.
            Err(Failure::TooLarge(_)) => Arrived::unknown(),
            Err(failure) => return Err(failure),
        };
        self.seen = end;
        // A client that reads slowly keeps no more than what it is sent.
        drop(snapshot);
        let has_any = arrived.is_cut || !arrived.page.records.is_empty();
        match arrived.send(writer, context).await {
            // Some are sent, so that the next look must not find them again.
            Err(Failure::Busy | Failure::TooLarge(_)) => {
                let context = self.queries.context();
                Arrived::unknown().send(writer, context).await?;
            }
            sent => sent?,
        }
        Ok(has_any)
    }
}

impl From<Found<LogPage>> for Arrived {
    fn from(found: Found<LogPage>) -> Self {
        let is_cut = found.value.next.is_some() || found.coverage.partial().is_some();
        Self {
            page: found.value,
            is_cut,
        }
    }
}

impl Arrived {
    /// Something that could not be read.
    fn unknown() -> Self {
        Self {
            is_cut: true,
            ..Self::default()
        }
    }

    async fn send(self, writer: &EventWriter, context: QueryContext) -> Result<(), Failure> {
        let mut events = writer.begin(context);
        if self.is_cut {
            // Those that are left out came before those that follow.
            events.event("skipped", &SkippedJson::SOME).await?;
        }
        for found in self.page.records.iter().rev() {
            let record = LiveRecordJson::new(&found.record);
            events.event("record", &record).await?;
        }
        events.send().await
    }
}

/// A log record that needs nothing beside it to be understood.
#[derive(Serialize)]
struct LiveRecordJson<'a> {
    service: Option<&'a str>,
    #[serde(flatten)]
    record: LogRecordJson<'a, ResourceJson<'a>, ScopeJson<'a>>,
}

impl<'a> LiveRecordJson<'a> {
    fn new(record: &'a LogRecord) -> Self {
        let resource = ResourceJson::new(&record.resource);
        let scope = ScopeJson::new(&record.scope);
        Self {
            service: record.resource.service_name(),
            record: LogRecordJson::new(record, resource, scope),
        }
    }
}

/// That log records were left out.
#[derive(Serialize)]
struct SkippedJson {
    /// How many; the store does not count them.
    records: &'static str,
}

impl SkippedJson {
    const SOME: Self = Self { records: "some" };
}
