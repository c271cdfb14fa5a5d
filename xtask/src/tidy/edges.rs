//! Who may use whom: the table of the design, held against the manifests.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{Problem, from_root};
use crate::workspace::Package;

/// A row of the table: one crate of the workspace.
struct Row {
    name: &'static str,
    /// The crates of the workspace that it may use; and what those may use, it may use too.
    may_use: &'static [&'static str],
    /// Crates of others that it must not use, even if they would be handy; `x-*` is every crate
    /// with that start.
    must_not: &'static [&'static [&'static str]],
}

const NETWORK: &[&str] = &["axum", "hyper", "hyper-util", "reqwest", "tokio", "tonic"];
const SERVING: &[&str] = &["axum", "hyper", "hyper-util", "tonic"];
const PROTOBUF: &[&str] = &["opentelemetry-proto", "prost"];
const SERDE: &[&str] = &["serde", "serde_json"];
const COLUMNS: &[&str] = &["arrow", "arrow-*", "parquet"];
const FILES: &[&str] = &["memmap2", "rustix", "tempfile"];
const ARGUMENTS: &[&str] = &["clap"];

/// `docs/architecture.md` gives the reasons. What only tests use is free: it does not ship.
const TABLE: &[Row] = &[
    Row {
        name: "clew-trace-context",
        may_use: &[],
        must_not: &[NETWORK, PROTOBUF, SERDE, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-telemetry",
        may_use: &["clew-trace-context"],
        must_not: &[COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-model",
        may_use: &["clew-trace-context"],
        must_not: &[NETWORK, PROTOBUF, SERDE, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-otlp",
        may_use: &["clew-model"],
        must_not: &[NETWORK, PROTOBUF, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-store",
        may_use: &["clew-model"],
        must_not: &[NETWORK, PROTOBUF, SERDE, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-query",
        may_use: &["clew-store"],
        must_not: &[NETWORK, PROTOBUF, SERDE, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-store-local",
        may_use: &["clew-store", "clew-otlp"],
        must_not: &[SERVING, &["reqwest"], ARGUMENTS],
    },
    Row {
        name: "clew-server",
        may_use: &["clew-query", "clew-otlp"],
        must_not: &[COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-terminal",
        may_use: &["clew-model"],
        must_not: &[NETWORK, PROTOBUF, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-demo",
        may_use: &["clew-terminal", "bands-api", "reviews-api", "client"],
        must_not: &[PROTOBUF, COLUMNS],
    },
    Row {
        name: "clew",
        may_use: &["clew-demo", "clew-server", "clew-store-local"],
        must_not: &[SERVING, PROTOBUF, COLUMNS],
    },
    // The testkits are in nobody's row, so nobody may use them but for tests.
    Row {
        name: "clew-testkit",
        may_use: &["clew-otlp"],
        must_not: &[NETWORK, COLUMNS, FILES, ARGUMENTS],
    },
    Row {
        name: "clew-testkit-server",
        may_use: &["clew-server"],
        must_not: &[COLUMNS, ARGUMENTS],
    },
    Row {
        name: "clew-loadgen",
        may_use: &["clew-otlp", "clew-terminal"],
        must_not: &[COLUMNS],
    },
    Row {
        name: "bands-api",
        may_use: &["clew-telemetry", "examples-http"],
        must_not: &[],
    },
    Row {
        name: "reviews-api",
        may_use: &["clew-telemetry", "examples-http"],
        must_not: &[],
    },
    Row {
        name: "client",
        may_use: &["clew-telemetry", "examples-http"],
        must_not: &[],
    },
    Row {
        name: "examples-http",
        may_use: &[],
        must_not: &[],
    },
    Row {
        name: "clew-w3c",
        may_use: &["clew-telemetry", "examples-http"],
        must_not: &[],
    },
    Row {
        name: "xtask",
        may_use: &[],
        must_not: &[],
    },
];

/// Every package is in the table, and uses only what its row allows.
pub(super) fn check(packages: &[Package]) -> Vec<Problem> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Problem> {
    let problem = |message| Problem {
        file: from_root(&package.manifest_path),
        line: None,
        message,
    };
    let Some(row) = row_of(&package.name) else {
        let table = "the table in xtask/src/tidy/edges.rs has no row for it";
        return vec![problem(format!("{}: {table}", package.name))];
    };
    let allowed = reach(row);
    let uses = package.dependencies.iter().filter(|used| used.ships());
    uses.filter_map(|used| {
        let ours = used.path.is_some();
        if ours && !allowed.contains(used.name.as_str()) {
            let message = format!("{} must not use {}", package.name, used.name);
            return Some(problem(format!("{message}, see docs/architecture.md")));
        }
        let banned = row.must_not.iter().copied().flatten();
        let pattern = banned.copied().find(|pattern| fits(pattern, &used.name))?;
        Some(problem(format!(
            "{} must not use {} (the table forbids it {pattern})",
            package.name, used.name
        )))
    })
    .collect()
}

fn row_of(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// What the row allows, and what the rows of those allow.
fn reach(row: &Row) -> BTreeSet<&'static str> {
    let mut allowed = BTreeSet::new();
    let mut waiting: Vec<_> = row.may_use.to_vec();
    while let Some(name) = waiting.pop() {
        if allowed.insert(name) {
            waiting.extend(row_of(name).iter().flat_map(|row| row.may_use));
        }
    }
    allowed
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}
