//! What a segment is about, so that many questions need not look into it.

use std::collections::{BTreeMap, HashMap};

use clew_model::TimeRange;
use serde::{Deserialize, Serialize};

use super::order::RowOrder;
use crate::table::{FastMap, KeyOwner, Part, Table};

/// How many ranges tell when spans started. One is enough for services whose clocks are right; a
/// span of 1970 takes one of its own.
const RANGES_MAX: usize = 8;

/// Starts that are closer than this are in one range.
const RANGE_NANOS: u64 = 3_600 * 1_000_000_000;

/// How many pairs of service and name are listed. Real services have some hundred names; more than
/// this are names with ids in them, of which a list is of little use.
const OPERATIONS_MAX: usize = 4096;

/// What a segment is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// How many traces have spans here.
    pub(crate) traces: u32,
    /// When spans started: the first and last nanosecond of each range, in order.
    pub(crate) starts: Vec<(u64, u64)>,
    /// The first and the last position of a span.
    pub(crate) positions: (u64, u64),
    /// Each service, by name, and how many spans it has. A span counts for each that its resource
    /// names, which is nearly always one.
    pub(crate) services: Vec<(String, u64)>,
    /// For each service the names of its spans, and how many have each; `None` if they are too many
    /// to list.
    pub(crate) operations: Option<Vec<Operation>>,
    /// The keys of attributes of everything but spans, which are the keys of columns; `None` if they
    /// are too many to list.
    pub(crate) keys: Option<Vec<(KeyOwner, String)>>,
}

/// Spans of one service and one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// The place of the service in the list of services.
    pub(crate) service: u32,
    pub(crate) name: String,
    pub(crate) spans: u64,
}

impl Summary {
    /// Whether a span started in this range.
    pub(crate) fn has_starts_in(&self, time: TimeRange) -> bool {
        let (start, end) = (time.start.unix_nanos(), time.end.unix_nanos());
        let mut ranges = self.starts.iter();
        ranges.any(|&(first, last)| first <= end && last >= start)
    }

    /// Whether such an owner may have an attribute of this key.
    pub(crate) fn has_key(&self, owner: KeyOwner, key: &str) -> bool {
        let Some(keys) = &self.keys else { return true };
        let by_key = |known: &(KeyOwner, String)| (known.0, known.1.as_str()).cmp(&(owner, key));
        keys.binary_search_by(by_key).is_ok()
    }

    /// Whether a resource names this service.
    pub(crate) fn has_service(&self, name: &str) -> bool {
        let by_name = |(service, _): &(String, u64)| service.as_str().cmp(name);
        self.services.binary_search_by(by_name).is_ok()
    }

    pub(super) fn of(table: &Table, order: &RowOrder) -> Self {
        let positions = || table.positions().iter().map(|position| position.0);
        let services = Services::of(table);
        Self {
            traces: u32::try_from(order.traces.len()).unwrap_or(u32::MAX),
            starts: ranges(table.starts()),
            positions: (
                positions().min().unwrap_or(0),
                positions().max().unwrap_or(0),
            ),
            operations: services.operations(table),
            services: services.counted,
            keys: table.keys().map(|keys| keys.iter().cloned().collect()),
        }
    }
}

/// The services of a table.
struct Services {
    counted: Vec<(String, u64)>,
    /// The places in the list of each resource's services.
    of_resources: Vec<Vec<u32>>,
}

impl Services {
    fn of(table: &Table) -> Self {
        let mut counts = vec![0_u64; table.services().len()];
        for &resource in table.part(Part::Resource).codes() {
            counts[resource as usize] += 1;
        }
        let mut by_name = BTreeMap::new();
        for (services, count) in table.services().iter().zip(counts) {
            for name in services {
                *by_name.entry(name).or_insert(0) += count;
            }
        }
        let places: HashMap<_, _> = by_name.keys().copied().zip(0_u32..).collect();
        let of_resource = |names: &Vec<String>| names.iter().map(|name| places[name]).collect();
        Self {
            of_resources: table.services().iter().map(of_resource).collect(),
            counted: by_name
                .into_iter()
                .map(|(name, count)| (name.clone(), count))
                .collect(),
        }
    }

    fn operations(&self, table: &Table) -> Option<Vec<Operation>> {
        let (resources, names) = (table.part(Part::Resource), table.part(Part::Name));
        let mut counts = FastMap::default();
        for (&resource, &name) in resources.codes().iter().zip(names.codes()) {
            for &service in &self.of_resources[resource as usize] {
                *counts.entry((service, name)).or_insert(0) += 1;
            }
            if counts.len() > OPERATIONS_MAX {
                return None;
            }
        }
        let operation = |((service, name), spans)| Operation {
            service,
            name: table.part(Part::Name).text(name).to_owned(),
            spans,
        };
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable();
        Some(counts.into_iter().map(operation).collect())
    }
}

/// Ranges that hold these numbers, apart where there is a wide gap between them.
fn ranges(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut by_hour = BTreeMap::new();
    for &number in numbers {
        let range = by_hour
            .entry(number / RANGE_NANOS)
            .or_insert((number, number));
        *range = (range.0.min(number), range.1.max(number));
    }
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for (first, last) in by_hour.into_values() {
        match ranges.last_mut() {
            Some(range) if first - range.1 <= RANGE_NANOS => range.1 = last,
            _ => ranges.push((first, last)),
        }
    }
    // The widest gaps are kept.
    let gap = |pair: &[(u64, u64)]| pair[1].0 - pair[0].1;
    let mut gaps: Vec<u64> = ranges.windows(2).map(gap).collect();
    gaps.sort_unstable_by(|one, other| other.cmp(one));
    if let Some(&widest_closed) = gaps.get(RANGES_MAX - 1) {
        let mut kept: Vec<(u64, u64)> = Vec::new();
        for range in ranges {
            match kept.last_mut() {
                Some(last) if range.0 - last.1 <= widest_closed => last.1 = range.1,
                _ => kept.push(range),
            }
        }
        return kept;
    }
    ranges
}
