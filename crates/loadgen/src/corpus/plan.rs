//! What happens in a trace: who does what for whom, and when.

use super::catalog::{Query, Route};
use super::random::Random;
use super::world::{Instance, World};

/// The fewest spans of a trace.
const SPANS_MIN: usize = 4;

/// The most spans of a trace.
const SPANS_MAX: usize = 60;

/// How likely a trace is to have one span more, for each but the fewest; gives 14 on average.
const GROWS: f64 = 0.91;

/// How likely a service is to call another one rather than its database.
const CALLS: f64 = 0.5;

/// How likely a service is to do something while it still waits for what it began before.
const IN_PARALLEL: f64 = 0.25;

/// The share of traces that fail.
const FAILS: f64 = 0.02;

/// The share of traces in which something waits for a lock.
const WAITS: f64 = 0.01;

/// How long it waits for the lock at least, and how much longer at most.
const LOCK_NANOS_MIN: u64 = 500_000_000;
const LOCK_NANOS_SPREAD: u64 = 2_500_000_000;

/// The share of requests from outside for something that is not there, which is not a failure.
const NOT_FOUND: f64 = 0.03;

/// The least time of a stretch of computing, and of a way through the network.
const COMPUTING_NANOS: u64 = 30_000;
const NETWORK_NANOS: u64 = 120_000;

/// A trace to be: the root first, parents before their children.
pub(super) struct Plan<'a> {
    pub(super) steps: Vec<Step<'a>>,
    /// Whether the root answers 404.
    pub(super) not_found: bool,
}

/// What becomes a span.
pub(super) struct Step<'a> {
    /// Its place in the plan; `None` for the root.
    pub(super) parent: Option<usize>,
    /// Who does it.
    pub(super) instance: &'a Instance,
    pub(super) work: Work,
    /// Nanoseconds since the start of the trace.
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) failed: bool,
    /// Nanoseconds that it waits for a lock.
    lock: u64,
}

pub(super) enum Work {
    /// An HTTP request that is served.
    Serve { route: &'static Route, path: String },
    /// An HTTP request that is made. Who serves it is the next step.
    Call,
    /// A question to the database.
    Query(&'static Query),
}

impl Plan<'_> {
    /// The step in which the failure began, if the trace fails.
    pub(super) fn origin_of_failure(&self) -> Option<usize> {
        self.steps.iter().rposition(|step| step.failed)
    }
}

pub(super) fn grow<'a>(world: &'a World, random: &mut Random) -> Plan<'a> {
    let mut steps = tree(world, random);
    // The last step grew on any of the others, and nothing grew on it.
    let leaf = steps.len() - 1;
    let fails = random.chance(FAILS);
    if fails {
        fail(&mut steps, leaf);
    }
    if random.chance(WAITS) {
        steps[leaf].lock = LOCK_NANOS_MIN + random.below(LOCK_NANOS_SPREAD);
    }
    run(&mut steps, 0, 0, random);
    Plan {
        steps,
        not_found: !fails && random.chance(NOT_FOUND),
    }
}

fn tree<'a>(world: &'a World, random: &mut Random) -> Vec<Step<'a>> {
    let mut size = SPANS_MIN;
    while size < SPANS_MAX && random.chance(GROWS) {
        size += 1;
    }
    let mut steps = Vec::with_capacity(size);
    let mut servers = vec![0];
    steps.push(serve(None, world.edge(random), random));
    while steps.len() < size {
        let parent = *random.pick(&servers);
        let instance = steps[parent].instance;
        let may_call = size - steps.len() >= 2 && random.chance(CALLS);
        if let Some(callee) = world.callee(instance, random).filter(|_| may_call) {
            steps.push(step(Some(parent), instance, Work::Call));
            servers.push(steps.len());
            steps.push(serve(Some(steps.len() - 1), callee, random));
        } else {
            let query = random.pick(instance.service.database.queries);
            steps.push(step(Some(parent), instance, Work::Query(query)));
        }
    }
    steps
}

fn serve<'a>(parent: Option<usize>, instance: &'a Instance, random: &mut Random) -> Step<'a> {
    let route = random.pick(instance.service.routes);
    let path = path(route.path, random);
    step(parent, instance, Work::Serve { route, path })
}

fn step(parent: Option<usize>, instance: &Instance, work: Work) -> Step<'_> {
    Step {
        parent,
        instance,
        work,
        start: 0,
        end: 0,
        failed: false,
        lock: 0,
    }
}

/// A path with its placeholders filled.
fn path(template: &str, random: &mut Random) -> String {
    let mut path = String::with_capacity(template.len() + 40);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        path.push_str(before);
        if name.ends_with("uuid") {
            path.push_str(&random.uuid());
        } else {
            path.push_str(&random.below(100_000_000).to_string());
        }
        rest = after;
    }
    path.push_str(rest);
    path
}

/// A step that fails makes all fail that wait for it.
fn fail(steps: &mut [Step], at: usize) {
    let mut failing = Some(at);
    while let Some(at) = failing {
        steps[at].failed = true;
        failing = steps[at].parent;
    }
}

/// Gives the step and all under it their times, and returns when it ended.
fn run(steps: &mut [Step], at: usize, start: u64, random: &mut Random) -> u64 {
    let end = match steps[at].work {
        Work::Query(query) => start + random.nanos(query.least_us * 1000),
        Work::Call => {
            let arrives = start + random.nanos(NETWORK_NANOS);
            run(steps, at + 1, arrives, random) + random.nanos(NETWORK_NANOS)
        }
        Work::Serve { .. } => {
            run_children(steps, at, start, random) + random.nanos(COMPUTING_NANOS)
        }
    };
    steps[at].start = start;
    steps[at].end = end + steps[at].lock;
    steps[at].end
}

/// One child after the other, or some at the same time; returns when all have ended.
fn run_children(steps: &mut [Step], at: usize, start: u64, random: &mut Random) -> u64 {
    let mut begin = start + random.nanos(COMPUTING_NANOS);
    let mut end = begin;
    for child in at + 1..steps.len() {
        if steps[child].parent != Some(at) {
            continue;
        }
        if !random.chance(IN_PARALLEL) {
            begin = end + random.nanos(COMPUTING_NANOS);
        }
        end = end.max(run(steps, child, begin, random));
    }
    end
}
