//! What is asked of `/api/metrics` and `/api/dependencies`. Times and lengths are in milliseconds.

use std::time::Duration;

use clew_model::{SpanKind, TimeRange, Timestamp};
use clew_query::{Windows, of_kinds};
use clew_store::{Field, Intrinsic, Predicate};

use crate::api::Failure;
use crate::api::parameters::{Parameters, bad, before, kind_of, now};

/// How far back metrics go if nobody says, as in Jaeger.
const LOOKBACK: Duration = Duration::from_hours(1);

/// How far back dependencies go if nobody says, as in Jaeger.
const DEPENDENCIES_LOOKBACK: Duration = Duration::from_hours(24);

/// How far points are apart if nobody says, as in Jaeger.
const STEP: Duration = Duration::from_secs(5);

/// How much time a point is about if nobody says, as in Jaeger.
const RATE_PER: Duration = Duration::from_mins(10);

/// The least step.
pub(super) const STEP_MIN: Duration = Duration::from_millis(1);

/// How many points a chart may have: as many as Prometheus allows, which clients know. Jaeger's UI
/// asks for 2,880.
const POINTS_MAX: u64 = 11_000;

/// How many steps a point may be about: an hour of the least that Jaeger's UI asks for.
const RATE_STEPS_MAX: u64 = 720;

/// Who calls whom, and when.
#[derive(Debug)]
pub(super) struct Dependencies {
    pub(super) time: TimeRange,
    /// The service that must be one of the two.
    pub(super) service: Option<String>,
}

impl Dependencies {
    pub(super) fn parse(parameters: &Parameters<'_>) -> Result<Self, Failure> {
        let end = end(parameters)?;
        let lookback = length(parameters, "lookback")?.unwrap_or(DEPENDENCIES_LOOKBACK);
        Ok(Self {
            time: TimeRange {
                start: before(end, lookback),
                end,
            },
            service: parameters.text("service").map(str::to_owned),
        })
    }
}

/// Figures of services, at each point of a chart.
#[derive(Debug)]
pub(super) struct Metrics {
    services: Vec<String>,
    kinds: Vec<SpanKind>,
    pub(super) by_operation: bool,
    pub(super) windows: Windows,
    pub(super) step: Duration,
}

impl Metrics {
    pub(super) fn parse(parameters: &Parameters<'_>) -> Result<Self, Failure> {
        parameters.required("service")?;
        let services = parameters.all("service").map(str::to_owned).collect();
        let step = length(parameters, "step")?.unwrap_or(STEP);
        if step < STEP_MIN {
            return Err(bad("step", "it is less than a millisecond"));
        }
        Ok(Self {
            services,
            kinds: kinds(parameters)?,
            by_operation: parameters.flag("groupByOperation")?,
            windows: windows(parameters, step)?,
            step,
        })
    }

    /// What must hold of the spans.
    pub(super) fn spans(&self) -> Predicate {
        let services = self.services.iter();
        let services = services.map(|name| Predicate::equal(Field::service(), name.as_str()));
        let services = Predicate::Any(services.collect());
        Predicate::All(vec![services, of_kinds(&self.kinds)])
    }

    /// What the figures are grouped by.
    pub(super) fn by(&self) -> Vec<Field> {
        let operation = self.by_operation.then(|| Intrinsic::Name.into());
        [Field::service()].into_iter().chain(operation).collect()
    }
}

fn windows(parameters: &Parameters<'_>, step: Duration) -> Result<Windows, Failure> {
    let end = end(parameters)?;
    let lookback = length(parameters, "lookback")?.unwrap_or(LOOKBACK);
    let rate_per = length(parameters, "ratePer")?.unwrap_or(RATE_PER);
    let windows = Windows::new(before(end, lookback), end, step, rate_per)
        .ok_or_else(|| bad("lookback", "there is no time in it"))?;
    if windows.count() > POINTS_MAX {
        let problem = format!("'lookback' has more than {POINTS_MAX} of it");
        return Err(bad("step", problem));
    }
    if windows.cells() > RATE_STEPS_MAX {
        let problem = format!("it is more than {RATE_STEPS_MAX} times 'step'");
        return Err(bad("ratePer", problem));
    }
    Ok(windows)
}

/// The kinds, in the spelling of Jaeger's UI or in OpenTelemetry's.
fn kinds(parameters: &Parameters<'_>) -> Result<Vec<SpanKind>, Failure> {
    let kinds = parameters.all("spanKind").filter(|text| !text.is_empty());
    let kinds = kinds.map(|text| {
        let name = text.strip_prefix("SPAN_KIND_").unwrap_or(text);
        match name.to_ascii_lowercase().as_str() {
            // Which on the wire means this.
            "unspecified" => Ok(SpanKind::Internal),
            name => kind_of(name).ok_or_else(|| {
                let kinds = "unspecified, internal, server, client, producer and consumer";
                bad("spanKind", format!("'{text}' is none of {kinds}"))
            }),
        }
    });
    let kinds: Vec<SpanKind> = kinds.collect::<Result<_, _>>()?;
    Ok(if kinds.is_empty() {
        vec![SpanKind::Server]
    } else {
        kinds
    })
}

/// Which part of the spans takes as long as a latency says at the most.
pub(super) fn quantile(parameters: &Parameters<'_>) -> Result<f64, Failure> {
    parameters.required("quantile")?;
    let quantile = parameters.read("quantile", |text| {
        let quantile = text.parse().ok();
        quantile
            .filter(|part| (0.0..=1.0).contains(part))
            .ok_or_else(|| format!("'{text}' is not a number from 0 to 1"))
    })?;
    Ok(quantile.unwrap_or_default())
}

fn end(parameters: &Parameters<'_>) -> Result<Timestamp, Failure> {
    let end = parameters.read("endTs", |text| {
        let millis: Option<u64> = text.parse().ok();
        let nanos = millis.and_then(|millis| millis.checked_mul(1_000_000));
        nanos
            .map(Timestamp::from_unix_nanos)
            .ok_or_else(|| format!("'{text}' is not a time in milliseconds since 1970"))
    })?;
    Ok(end.unwrap_or_else(now))
}

fn length(parameters: &Parameters<'_>, name: &str) -> Result<Option<Duration>, Failure> {
    parameters.read(name, |text| {
        let millis = text.parse().ok().map(Duration::from_millis);
        millis.ok_or_else(|| format!("'{text}' is not a length of time in milliseconds"))
    })
}
