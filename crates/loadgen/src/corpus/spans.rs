//! A plan as spans, in the words of OpenTelemetry's semantic conventions
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/> and `…/db/database-spans/`).

use std::sync::Arc;

use clew_model::{
    Event, KeyValue, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp, Trace,
};

use super::catalog::{BROWSERS, Query, Route};
use super::plan::{Plan, Step, Work};
use super::random::Random;

/// How many people use the shop.
const USERS: u64 = 200_000;

/// The share of requests that a user makes from elsewhere than at home.
const ABROAD: f64 = 0.15;

/// The port of every service.
const SERVICE_PORT: i64 = 8080;

/// Sampled, and whether the parent is in another process is known: it is not.
const FLAGS: u32 = 0x101;

/// The same, but it is.
const FLAGS_REMOTE_PARENT: u32 = 0x301;

/// Who makes the request that the trace is about.
struct User {
    id: String,
    address: String,
    agent: &'static str,
}

pub(super) fn of(plan: &Plan, start: Timestamp, random: &mut Random) -> Trace {
    let id = random.trace_id();
    let user = User::any(random);
    let ids: Vec<SpanId> = plan.steps.iter().map(|_| random.span_id()).collect();
    let origin_of_failure = plan.origin_of_failure();
    let mut spans: Vec<Span> = Vec::with_capacity(ids.len());
    for (at, step) in plan.steps.iter().enumerate() {
        let described = describe(plan, at, &user);
        let began_here = origin_of_failure == Some(at);
        let end = later(start, step.end);
        spans.push(Span {
            trace_id: id,
            span_id: ids[at],
            parent_span_id: step.parent.map(|parent| ids[parent]),
            trace_state: String::new(),
            flags: described.flags,
            name: described.name,
            kind: described.kind,
            start: later(start, step.start),
            end,
            attributes: described.attributes,
            dropped_attributes_count: 0,
            events: began_here
                .then(|| exception(step, end, random))
                .into_iter()
                .collect(),
            dropped_events_count: 0,
            links: Vec::new(),
            dropped_links_count: 0,
            status: status(step, began_here),
            resource: Arc::clone(&step.instance.resource),
            scope: Arc::clone(described.scope),
        });
    }
    spans.sort_by_key(|span| (span.start, span.span_id));
    Trace { id, spans }
}

fn later(start: Timestamp, nanos: u64) -> Timestamp {
    Timestamp::from_unix_nanos(start.unix_nanos() + nanos)
}

impl User {
    /// Some come often, most hardly ever.
    fn any(random: &mut Random) -> Self {
        let unit = random.unit();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and far below 2^53"
        )]
        let number = (unit * unit * USERS as f64) as u64;
        // All about a user follows from the number.
        let mut own = Random::new(number);
        let id = format!("usr_{:012x}", own.bits() >> 16);
        let home = own.bits();
        let agent = *own.pick(BROWSERS);
        let address = if random.chance(ABROAD) {
            random.bits()
        } else {
            home
        };
        let [a, b, c, d, ..] = address.to_be_bytes();
        // The first number of a public IPv4 address.
        let a = 11 + a % 112;
        Self {
            id,
            address: format!("{a}.{b}.{c}.{d}"),
            agent,
        }
    }
}

/// What depends on the kind of work.
struct Described<'a> {
    name: String,
    kind: SpanKind,
    flags: u32,
    scope: &'a Arc<Scope>,
    attributes: Vec<KeyValue>,
}

fn describe<'a>(plan: &'a Plan, at: usize, user: &User) -> Described<'a> {
    let step = &plan.steps[at];
    let scopes = &step.instance.scopes;
    match &step.work {
        Work::Serve { route, path } => Described {
            name: format!("{} {}", route.method, route.path),
            kind: SpanKind::Server,
            flags: if at == 0 { FLAGS } else { FLAGS_REMOTE_PARENT },
            scope: &scopes.server,
            attributes: server_attributes(plan, at, route, path, user),
        },
        Work::Call => Described {
            name: callee(plan, at).1.method.to_owned(),
            kind: SpanKind::Client,
            flags: FLAGS,
            scope: &scopes.client,
            attributes: client_attributes(plan, at),
        },
        Work::Query(query) => Described {
            name: summary(query),
            kind: SpanKind::Client,
            flags: FLAGS,
            scope: &scopes.database,
            attributes: query_attributes(step, query),
        },
    }
}

/// Who serves the call at this place, and what.
fn callee<'a>(plan: &'a Plan, at: usize) -> (&'a Step<'a>, &'static Route, &'a str) {
    let step = &plan.steps[at + 1];
    match &step.work {
        Work::Serve { route, path } => (step, route, path),
        Work::Call | Work::Query(_) => unreachable!("a call is followed by who serves it"),
    }
}

fn server_attributes(
    plan: &Plan,
    at: usize,
    route: &Route,
    path: &str,
    user: &User,
) -> Vec<KeyValue> {
    let step = &plan.steps[at];
    let client_address = match step.parent {
        None => &user.address,
        Some(call) => &plan.steps[call].instance.address,
    };
    let mut attributes = Vec::with_capacity(12);
    attributes.extend([
        KeyValue::new("http.request.method", route.method),
        KeyValue::new("url.path", path),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("http.route", route.path),
        KeyValue::new("http.response.status_code", status_code(plan, at, route)),
        KeyValue::new("server.address", step.instance.host.as_str()),
        KeyValue::new("server.port", SERVICE_PORT),
        KeyValue::new("client.address", client_address.as_str()),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new("user.id", user.id.as_str()),
    ]);
    if step.parent.is_none() {
        attributes.push(KeyValue::new("user_agent.original", user.agent));
    }
    if step.failed {
        attributes.push(KeyValue::new("error.type", "500"));
    }
    attributes
}

fn client_attributes(plan: &Plan, at: usize) -> Vec<KeyValue> {
    let (callee, route, path) = callee(plan, at);
    let host = &callee.instance.host;
    let url = format!("http://{host}:{SERVICE_PORT}{path}");
    let mut attributes = Vec::with_capacity(8);
    attributes.extend([
        KeyValue::new("http.request.method", route.method),
        KeyValue::new("url.full", url),
        KeyValue::new("server.address", host.as_str()),
        KeyValue::new("server.port", SERVICE_PORT),
        KeyValue::new("network.peer.address", callee.instance.address.as_str()),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new(
            "http.response.status_code",
            status_code(plan, at + 1, route),
        ),
    ]);
    if plan.steps[at].failed {
        attributes.push(KeyValue::new("error.type", "500"));
    }
    attributes
}

fn query_attributes(step: &Step, query: &Query) -> Vec<KeyValue> {
    let database = step.instance.service.database;
    let mut attributes = Vec::with_capacity(8);
    attributes.extend([
        KeyValue::new("db.system.name", database.system),
        KeyValue::new("db.namespace", database.namespace),
        KeyValue::new("db.collection.name", query.collection),
        KeyValue::new("db.operation.name", query.operation),
        KeyValue::new("db.query.text", query.text),
        KeyValue::new("server.address", database.host),
        KeyValue::new("server.port", database.port),
    ]);
    if step.failed {
        attributes.push(KeyValue::new(
            "error.type",
            step.instance.service.platform.exception,
        ));
    }
    attributes
}

fn summary(query: &Query) -> String {
    format!("{} {}", query.operation, query.collection)
}

/// What the server at this place answered.
fn status_code(plan: &Plan, at: usize, route: &Route) -> i64 {
    match route.method {
        _ if plan.steps[at].failed => 500,
        _ if plan.not_found && at == 0 => 404,
        "POST" => 201,
        "DELETE" => 204,
        _ => 200,
    }
}

fn status(step: &Step, began_here: bool) -> Status {
    let (code, message) = match (step.failed, began_here) {
        (false, _) => (StatusCode::Unset, ""),
        (true, false) => (StatusCode::Error, ""),
        (true, true) => (StatusCode::Error, step.instance.service.platform.exception),
    };
    Status {
        code,
        message: message.to_owned(),
    }
}

fn exception(step: &Step, end: Timestamp, random: &mut Random) -> Event {
    let platform = step.instance.service.platform;
    let host = step.instance.service.database.host;
    let waited_ms = random.below(30_000);
    let connection = random.below(10_000);
    let message = format!("connection {connection} to {host} gave no answer in {waited_ms} ms");
    Event {
        time: end,
        name: "exception".to_owned(),
        attributes: vec![
            KeyValue::new("exception.type", platform.exception),
            KeyValue::new("exception.message", message),
            KeyValue::new("exception.stacktrace", platform.stacktrace),
        ],
        dropped_attributes_count: 0,
    }
}
