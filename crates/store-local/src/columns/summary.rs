//! What spans are about, so that many questions need not look at them.

use std::collections::{BTreeMap, BTreeSet};

use clew_model::{Attributes, SERVICE_NAME, SpanRef, TimeRange};
use serde::{Deserialize, Serialize};

use super::KeyOwner;

/// How many ranges tell when spans started. One is enough for services whose clocks are right; a
/// span of 1970 takes one of its own.
const RANGES_MAX: usize = 8;

/// Starts that are closer than this are in one range.
const RANGE_NANOS: u64 = 3_600 * 1_000_000_000;

/// How many pairs of service and name are listed. Real services have some hundred names; more than
/// this are names with ids in them, of which a list is of little use.
pub(crate) const OPERATIONS_MAX: usize = 4096;

/// Keys, and names of spans, are listed if they are no longer together: they are in memory for as long
/// as the segment is there.
const LISTED_BYTES_MAX: usize = 256 << 10;

/// What the spans of a segment or block are about.
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

/// How many keys of the attributes of resources, scopes, events and links are listed.
pub(crate) const KEYS_MAX: usize = 4096;

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

    /// The same range for spans that are here; all of time if all of them started in it, so that
    /// nobody needs to look when they did.
    pub(crate) fn narrowed(&self, time: TimeRange) -> TimeRange {
        let (start, end) = (time.start.unix_nanos(), time.end.unix_nanos());
        let mut ranges = self.starts.iter();
        let are_all_in = ranges.all(|&(first, last)| start <= first && last <= end);
        if are_all_in { TimeRange::ALL } else { time }
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

    /// The same without lists that are too long.
    pub(crate) fn bounded(mut self) -> Self {
        let is_short = |bytes: usize| bytes <= LISTED_BYTES_MAX;
        self.keys = self.keys.take().filter(|keys| {
            let lens = keys.iter().map(|(_, key)| key.len());
            keys.len() <= KEYS_MAX && is_short(lens.sum())
        });
        self.operations = self.operations.take().filter(|operations| {
            let lens = operations.iter().map(|operation| operation.name.len());
            operations.len() <= OPERATIONS_MAX && is_short(lens.sum())
        });
        self
    }

    /// How much memory it takes, in bytes.
    pub(crate) fn memory_len(&self) -> usize {
        let services = self.services.iter().map(|(name, _)| name.len() + 32);
        let operations = self.operations.iter().flatten();
        let operations = operations.map(|operation| operation.name.len() + 40);
        let keys = self.keys.iter().flatten().map(|(_, key)| key.len() + 32);
        services.chain(operations).chain(keys).sum()
    }

    /// That of all the spans that these are about.
    pub(crate) fn merge<'a>(summaries: impl Iterator<Item = &'a Self>) -> SummaryBuilder {
        let mut merged = SummaryBuilder::default();
        for summary in summaries {
            merged.add(summary);
        }
        merged
    }
}

/// Puts summaries together.
#[derive(Debug)]
pub(crate) struct SummaryBuilder {
    starts: Vec<(u64, u64)>,
    positions: (u64, u64),
    services: BTreeMap<String, u64>,
    /// By service and name.
    operations: Option<BTreeMap<(String, String), u64>>,
    keys: Option<BTreeSet<(KeyOwner, String)>>,
}

impl Default for SummaryBuilder {
    fn default() -> Self {
        Self {
            starts: Vec::new(),
            positions: (u64::MAX, 0),
            services: BTreeMap::new(),
            operations: Some(BTreeMap::new()),
            keys: Some(BTreeSet::new()),
        }
    }
}

impl SummaryBuilder {
    fn add(&mut self, summary: &Summary) {
        self.starts.extend_from_slice(&summary.starts);
        let (first, last) = summary.positions;
        self.positions = (self.positions.0.min(first), self.positions.1.max(last));
        for (service, spans) in &summary.services {
            *self.services.entry(service.clone()).or_insert(0) += spans;
        }
        self.operations = self
            .operations
            .take()
            .zip(summary.operations.as_ref())
            .and_then(|(mut known, operations)| {
                for Operation {
                    service,
                    name,
                    spans,
                } in operations
                {
                    let (service, _) = summary.services.get(*service as usize)?;
                    let key = (service.clone(), name.clone());
                    *known.entry(key).or_insert(0) += spans;
                }
                (known.len() <= OPERATIONS_MAX).then_some(known)
            });
        self.keys = self
            .keys
            .take()
            .zip(summary.keys.as_ref())
            .and_then(|(mut known, keys)| {
                known.extend(keys.iter().cloned());
                (known.len() <= KEYS_MAX).then_some(known)
            });
    }

    /// This span is not counted any more, since it is there twice.
    pub(crate) fn forget(&mut self, span: SpanRef<'_>) {
        let services: BTreeSet<&str> = services_of(span.resource().attributes()).collect();
        for service in services {
            if let Some(spans) = self.services.get_mut(service) {
                *spans -= 1;
            }
            let key = (service.to_owned(), span.name().to_owned());
            if let Some(spans) = self.operations.as_mut().and_then(|it| it.get_mut(&key)) {
                *spans -= 1;
            }
        }
    }

    /// The summary of so many traces.
    pub(crate) fn finish(self, traces: usize) -> Summary {
        let services: Vec<(String, u64)> = self.services.into_iter().collect();
        let place = |name: &String| services.binary_search_by_key(&name, |(name, _)| name);
        let operations = self.operations.map(|operations| {
            let operations = operations.into_iter();
            let operation = |((service, name), spans)| {
                let service = place(&service).ok()?;
                Some(Operation {
                    service: u32::try_from(service).ok()?,
                    name,
                    spans,
                })
            };
            operations.filter_map(operation).collect()
        });
        Summary {
            traces: u32::try_from(traces).unwrap_or(u32::MAX),
            starts: ranges(self.starts.into_iter()),
            positions: self.positions,
            services,
            operations,
            keys: self.keys.map(|keys| keys.into_iter().collect()),
        }
        .bounded()
    }
}

/// What these attributes of a resource say of `service.name`, if that is text.
pub(crate) fn services_of(attributes: Attributes<'_>) -> impl Iterator<Item = &str> {
    let attributes = attributes.iter();
    let of_service = attributes.filter(|attribute| attribute.key == SERVICE_NAME);
    of_service.filter_map(|attribute| attribute.value.as_str())
}

/// Ranges that hold these, apart where there is a wide gap between them.
pub(crate) fn ranges(parts: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    // Few are kept of the many that there may be of single numbers.
    let mut by_hour = BTreeMap::new();
    for (first, last) in parts {
        let range = by_hour.entry(first / RANGE_NANOS).or_insert((first, last));
        *range = (range.0.min(first), range.1.max(last));
    }
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for (first, last) in by_hour.into_values() {
        match ranges.last_mut() {
            Some(range) if first.saturating_sub(range.1) <= RANGE_NANOS => {
                range.1 = last.max(range.1);
            }
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
