//! How many files the process may have open, which sockets count among.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use clew_server::Limits;

/// As many as all connections of all endpoints take, and some more. Systems allow 1,024 to begin
/// with, for programs that cannot deal with more, and let every process raise that by itself.
const WANTED: u64 = 8192;

/// For everything that is no connection.
const RESERVED: u64 = 256;

/// On how many ports connections come in.
const ENDPOINTS: u64 = 3;

/// Raises the limit as far as it goes, and says how many connections each endpoint may have then.
pub(crate) fn connections_max() -> usize {
    let allowed = raise().unwrap_or(u64::MAX);
    let each = allowed.saturating_sub(RESERVED) / ENDPOINTS;
    usize::try_from(each).map_or(Limits::CONNECTIONS_MAX, |each| {
        each.clamp(1, Limits::CONNECTIONS_MAX)
    })
}

/// The limit, which was raised if it could be; `None` if there is none.
fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current?;
    let wanted = maximum.unwrap_or(WANTED).min(WANTED);
    if current >= wanted {
        return Some(current);
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => Some(wanted),
        Err(error) => {
            tracing::debug!(%error, "the limit on open files stays at {current}");
            Some(current)
        }
    }
}
