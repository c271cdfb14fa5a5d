//! What the rows of a table are about.

use std::collections::{BTreeMap, HashMap};

use super::coded::Coded;
use super::{FastMap, LogTable, Table};
use crate::columns::{OPERATIONS_MAX, Operation, Part, Summary, ranges};

impl Table {
    /// The summary of its spans, which are of so many traces.
    pub(super) fn summary(&self, traces: usize) -> Summary {
        let services = Services::of(&self.coded);
        let operations = services.operations(&self.coded);
        let positions = self.positions().iter().map(|position| position.0);
        let times = (self.starts(), positions);
        summary(traces, times, operations, services, &self.coded)
    }
}

impl LogTable {
    /// The summary of its log records, which are of so many traces.
    pub(super) fn summary(&self, traces: usize) -> Summary {
        let services = Services::of(&self.coded);
        let positions = self.positions.iter().map(|position| position.0);
        let times = (&self.times[..], positions);
        summary(traces, times, Some(Vec::new()), services, &self.coded)
    }
}

fn summary(
    traces: usize,
    (times, positions): (&[u64], impl Iterator<Item = u64> + Clone),
    operations: Option<Vec<Operation>>,
    services: Services,
    coded: &Coded,
) -> Summary {
    Summary {
        traces: u32::try_from(traces).unwrap_or(u32::MAX),
        starts: ranges(times.iter().map(|&time| (time, time))),
        positions: (
            positions.clone().min().unwrap_or(0),
            positions.max().unwrap_or(0),
        ),
        operations,
        services: services.counted,
        keys: coded.keys().map(|keys| keys.iter().cloned().collect()),
    }
    .bounded()
}

/// The services of a table.
struct Services {
    counted: Vec<(String, u64)>,
    /// The places in the list of each resource's services.
    of_resources: Vec<Vec<u32>>,
}

impl Services {
    fn of(table: &Coded) -> Self {
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

    fn operations(&self, table: &Coded) -> Option<Vec<Operation>> {
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
