//! What services do and how well, straight from the spans: who calls whom, how many requests there
//! are, how many of them fail and how long they take.
//!
//! All of it is asked for a range of time in which spans **started**, and is right within the
//! [histogram](clew_store::Histogram)'s 3 % where it is a duration.

mod figures;
#[cfg(test)]
mod tests;
mod windows;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use clew_model::{SpanKind, StatusCode, TimeRange};
use clew_store::{
    Aggregate, Answer, CallGraph, Coverage, Edges, Field, Intrinsic, Measure, Predicate, Scalar,
    StoreError, TopValues, TraceSnapshot, Values, ValuesOf,
};

pub use figures::{Example, Figures, FiguresCell, FiguresSeries};
pub use windows::{Window, Windows};

/// How many services a map has at the most: each has a line, and figures over time. A map of more is
/// one that nobody can read.
const SERVICES_MAX: usize = 2_000;

/// How many span names of a service come with figures: those of the most spans. A service with more
/// has names with ids in them, and its figures by name say little.
const NAMES_MAX: usize = 100;

/// How many spans a cell names as examples: as many as a chart has room to show for one point.
const EXAMPLES_MAX: usize = 3;

/// How many series a question may find. Its answer is bounded by the query's memory before; this
/// keeps a field with a value for each span from filling it.
const SERIES_MAX: usize = 20_000;

/// How many series a first question for the names of a service may find: those of its names that are
/// shown, of two kinds, with and without errors. Of more, most would be found to be left out.
const FEW_SERIES_MAX: usize = 4 * NAMES_MAX;

/// The kinds of spans that serve a request, whose figures are those of their service.
pub const CALLED_KINDS: [SpanKind; 2] = [SpanKind::Server, SpanKind::Consumer];

/// A question for the service map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapQuestion {
    /// When the spans started.
    pub time: TimeRange,
    /// How long a cell of the figures over time is; `None` for one cell for all.
    pub step: Option<Duration>,
}

/// Services and the calls between them.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceMap {
    /// Those that have spans in the range: most requests first, then most spans, then by name.
    pub services: Vec<ServiceLoad>,
    /// Who calls whom.
    pub calls: CallGraph,
    /// Whether all that is stored was looked at.
    pub coverage: Coverage,
}

/// What a service has to do.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLoad {
    /// What it is called.
    pub name: String,
    /// How many spans it made, of whatever kind.
    pub spans: u64,
    /// Its spans that serve a request ([`CALLED_KINDS`]); none for a service that only makes calls.
    pub requests: FiguresSeries,
}

impl MapQuestion {
    /// Makes the map.
    ///
    /// # Errors
    /// What the store says, such as that the query has taken too long or too much memory, and
    /// [`StoreError::LimitExceeded`] if there are more than 2,000 services.
    pub async fn run(&self, snapshot: &dyn TraceSnapshot) -> Result<ServiceMap, StoreError> {
        let spans = values(snapshot, self.time, Field::service(), SERVICES_MAX).await?;
        if spans.value.has_more {
            return Err(StoreError::LimitExceeded {
                what: format!("there are more than {SERVICES_MAX} services"),
            });
        }
        let load = LoadQuestion {
            time: self.time,
            spans: of_kinds(&CALLED_KINDS),
            by: vec![Field::service()],
            step: self.step,
            examples_max: 0,
        };
        let load = load.run(snapshot).await?;
        let calls = snapshot.edges(&Edges { time: self.time }).await?;
        Ok(ServiceMap {
            services: services(spans.value, load.value),
            calls: calls.value,
            coverage: spans.coverage.and(load.coverage).and(calls.coverage),
        })
    }
}

fn services(spans: TopValues, load: Vec<Load>) -> Vec<ServiceLoad> {
    let by_name = load.into_iter().filter_map(|load| {
        let [service] = <[_; 1]>::try_from(load.by).ok()?;
        Some((service?.to_string(), load.figures))
    });
    let mut requests: BTreeMap<String, FiguresSeries> = by_name.collect();
    let services = spans.values.into_iter().map(|it| {
        let name = it.value.to_string();
        ServiceLoad {
            requests: requests.remove(&name).unwrap_or_default(),
            spans: it.spans,
            name,
        }
    });
    let mut services: Vec<_> = services.collect();
    services.sort_by(|one, other| {
        let load = |it: &ServiceLoad| Reverse((it.requests.whole.spans, it.spans));
        let order = load(one).cmp(&load(other));
        order.then_with(|| one.name.cmp(&other.name))
    });
    services
}

/// A question for what one service does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceQuestion {
    /// What the service is called.
    pub service: String,
    /// When the spans started.
    pub time: TimeRange,
    /// Of which kinds they are; `None` for all.
    pub kinds: Option<Vec<SpanKind>>,
    /// How long a cell of the figures over time is; `None` for one cell for all.
    pub step: Option<Duration>,
}

/// What a service does, and how well.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceFigures {
    /// Of all its spans that were asked for.
    pub total: FiguresSeries,
    /// Of each name and kind, most spans first, then by name.
    pub names: Vec<NameFigures>,
    /// Whether there are more names, of fewer spans, than the 100 that have figures.
    pub has_more_names: bool,
    /// Whether all that is stored was looked at.
    pub coverage: Coverage,
}

/// How well a service does what spans of one name and kind tell of.
#[derive(Debug, Clone, PartialEq)]
pub struct NameFigures {
    /// The name of the spans.
    pub name: String,
    /// Their kind.
    pub kind: SpanKind,
    /// The figures.
    pub figures: FiguresSeries,
}

impl ServiceQuestion {
    /// Finds the figures. A service that is not there has none.
    ///
    /// # Errors
    /// What the store says, such as that the query has taken too long or too much memory.
    pub async fn run(&self, snapshot: &dyn TraceSnapshot) -> Result<ServiceFigures, StoreError> {
        let every = self.load(self.spans(), by_name_and_kind());
        match every.run_up_to(FEW_SERIES_MAX, snapshot).await {
            Ok(every) => Ok(of_every_name(every)),
            Err(StoreError::LimitExceeded { .. }) => self.run_by_parts(snapshot).await,
            Err(error) => Err(error),
        }
    }

    /// The same of a service with more names than are shown: which those are is asked first, and the
    /// total for itself.
    async fn run_by_parts(
        &self,
        snapshot: &dyn TraceSnapshot,
    ) -> Result<ServiceFigures, StoreError> {
        let spans = self.spans();
        let question = Values {
            time: self.time,
            spans: spans.clone(),
            of: ValuesOf::Field(Intrinsic::Name.into()),
            limit: NAMES_MAX,
        };
        let top = snapshot.values(&question).await?;
        let mut of_names = vec![spans.clone()];
        if top.value.has_more {
            let names = top.value.values.into_iter();
            let any = names.map(|it| Predicate::equal(Intrinsic::Name, it.value));
            of_names.push(Predicate::Any(any.collect()));
        }
        let names = self.load(Predicate::All(of_names), by_name_and_kind());
        let names = names.run(snapshot).await?;
        let total = self.load(spans, Vec::new()).run(snapshot).await?;
        let total_figures = total.value.into_iter().next();
        Ok(ServiceFigures {
            total: total_figures.map(|load| load.figures).unwrap_or_default(),
            names: names_of(names.value),
            has_more_names: top.value.has_more,
            coverage: top.coverage.and(names.coverage).and(total.coverage),
        })
    }

    fn spans(&self) -> Predicate {
        let mut all = vec![Predicate::equal(Field::service(), self.service.as_str())];
        all.extend(self.kinds.as_deref().map(of_kinds));
        Predicate::All(all)
    }

    fn load(&self, spans: Predicate, by: Vec<Field>) -> LoadQuestion {
        LoadQuestion {
            time: self.time,
            spans,
            by,
            step: self.step,
            examples_max: EXAMPLES_MAX,
        }
    }
}

fn by_name_and_kind() -> Vec<Field> {
    vec![Intrinsic::Name.into(), Intrinsic::Kind.into()]
}

/// What the figures of every name say; the names of most spans come with theirs.
fn of_every_name(Answer { value, coverage }: Answer<Vec<Load>>) -> ServiceFigures {
    let mut total = FiguresSeries::default();
    for load in &value {
        total.merge(load.figures.cells.iter().cloned(), EXAMPLES_MAX);
    }
    let mut names = names_of(value);
    let mut spans: HashMap<&str, u64> = HashMap::new();
    for it in &names {
        *spans.entry(&it.name).or_default() += it.figures.whole.spans;
    }
    let mut most: Vec<_> = spans.into_iter().collect();
    most.sort_unstable_by_key(|&(name, spans)| (Reverse(spans), name));
    let has_more_names = most.len() > NAMES_MAX;
    most.truncate(NAMES_MAX);
    let shown: HashSet<String> = most.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.retain(|it| shown.contains(&it.name));
    ServiceFigures {
        total,
        names,
        has_more_names,
        coverage,
    }
}

fn names_of(load: Vec<Load>) -> Vec<NameFigures> {
    let names = load.into_iter().filter_map(|load| {
        let [name, kind] = <[_; 2]>::try_from(load.by).ok()?;
        let Some(Scalar::Kind(kind)) = kind else {
            return None;
        };
        Some(NameFigures {
            name: name.map(|name| name.to_string()).unwrap_or_default(),
            kind,
            figures: load.figures,
        })
    });
    let mut names: Vec<_> = names.collect();
    // By name and kind before, so that the order does not change with each answer.
    names.sort_by_key(|it| Reverse(it.figures.whole.spans));
    names
}

/// A question for figures in groups.
#[derive(Debug, Clone)]
pub struct LoadQuestion {
    /// When the spans started.
    pub time: TimeRange,
    /// What must hold of them.
    pub spans: Predicate,
    /// A group for each combination of the first values that spans have in these fields.
    pub by: Vec<Field>,
    /// How long a cell is; cells begin at multiples of it since the Unix epoch. `None` for one cell
    /// for all time.
    pub step: Option<Duration>,
    /// How many spans a cell names as examples, at the most.
    pub examples_max: usize,
}

/// The figures of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The values that its spans have in the fields that were asked for.
    pub by: Vec<Option<Scalar>>,
    /// The figures.
    pub figures: FiguresSeries,
}

impl LoadQuestion {
    /// Finds the groups, in the order of their values.
    ///
    /// # Errors
    /// What the store says, such as that the query has taken too long, and
    /// [`StoreError::LimitExceeded`] if there are too many groups, or too many cells for the query's
    /// memory.
    pub async fn run(&self, snapshot: &dyn TraceSnapshot) -> Result<Answer<Vec<Load>>, StoreError> {
        self.run_up_to(SERIES_MAX, snapshot).await
    }

    /// The same, if no more than so many series are found.
    async fn run_up_to(
        &self,
        series_max: usize,
        snapshot: &dyn TraceSnapshot,
    ) -> Result<Answer<Vec<Load>>, StoreError> {
        let mut by = self.by.clone();
        // A series tells nothing of its spans' status, so those that failed get one of their own.
        by.push(Intrinsic::Status.into());
        let aggregate = Aggregate {
            time: self.time,
            spans: self.spans.clone(),
            by,
            step: self.step,
            measure: Measure::Duration,
            exemplars_max: self.examples_max,
            series_max,
        };
        let Answer { value, coverage } = snapshot.aggregate(&aggregate).await?;
        let mut groups: BTreeMap<Vec<Option<Scalar>>, FiguresSeries> = BTreeMap::new();
        for mut series in value {
            let status = series.by.pop().flatten();
            let failed = status == Some(Scalar::Status(StatusCode::Error));
            let group = groups.entry(series.by).or_default();
            group.add(series.cells, failed, self.examples_max);
        }
        let groups = groups.into_iter();
        Ok(Answer {
            value: groups.map(|(by, figures)| Load { by, figures }).collect(),
            coverage,
        })
    }
}

/// That a span is of one of these kinds.
pub fn of_kinds(kinds: &[SpanKind]) -> Predicate {
    let kinds = kinds.iter();
    let equal = kinds.map(|&kind| Predicate::equal(Intrinsic::Kind, Scalar::Kind(kind)));
    Predicate::Any(equal.collect())
}

async fn values(
    snapshot: &dyn TraceSnapshot,
    time: TimeRange,
    field: Field,
    limit: usize,
) -> Result<Answer<TopValues>, StoreError> {
    let question = Values {
        time,
        spans: Predicate::TRUE,
        of: ValuesOf::Field(field),
        limit,
    };
    snapshot.values(&question).await
}
