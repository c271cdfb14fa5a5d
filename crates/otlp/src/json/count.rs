//! How many records a request of another signal carries, for the answer that none was kept.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::JsonError;
use super::budget::{self, List};
use super::scalar::nullable;

/// How many log records an `ExportLogsServiceRequest` in JSON has.
///
/// # Errors
/// If the text is no such message.
pub fn count_log_records_json(request: &[u8]) -> Result<u64, JsonError> {
    let request: LogsRequest = budget::from_slice(request)?;
    let scopes = request
        .resource_logs
        .0
        .into_iter()
        .flat_map(|resource| resource.scope_logs.0);
    Ok(scopes.map(|scope| scope.log_records.0.len() as u64).sum())
}

/// How many data points an `ExportMetricsServiceRequest` in JSON has.
///
/// # Errors
/// If the text is no such message.
pub fn count_data_points_json(request: &[u8]) -> Result<u64, JsonError> {
    let request: MetricsRequest = budget::from_slice(request)?;
    let scopes = request
        .resource_metrics
        .0
        .into_iter()
        .flat_map(|resource| resource.scope_metrics.0);
    let metrics = scopes.flat_map(|scope| scope.metrics.0);
    Ok(metrics.map(|metric| metric.data_points()).sum())
}

/// A message of which only one list counts.
macro_rules! list {
    ($name:ident, $field:ident: $item:ty) => {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct $name {
            #[serde(deserialize_with = "nullable")]
            $field: List<$item>,
        }
    };
}

list!(LogsRequest, resource_logs: ResourceLogs);
list!(ResourceLogs, scope_logs: ScopeLogs);
list!(ScopeLogs, log_records: IgnoredAny);
list!(MetricsRequest, resource_metrics: ResourceMetrics);
list!(ResourceMetrics, scope_metrics: ScopeMetrics);
list!(ScopeMetrics, metrics: Metric);
list!(DataPoints, data_points: IgnoredAny);

/// A metric has the field of its kind only.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metric {
    #[serde(deserialize_with = "nullable")]
    gauge: DataPoints,
    #[serde(deserialize_with = "nullable")]
    sum: DataPoints,
    #[serde(deserialize_with = "nullable")]
    histogram: DataPoints,
    #[serde(deserialize_with = "nullable")]
    exponential_histogram: DataPoints,
    #[serde(deserialize_with = "nullable")]
    summary: DataPoints,
}

impl Metric {
    fn data_points(&self) -> u64 {
        let kinds = [
            &self.gauge,
            &self.sum,
            &self.histogram,
            &self.exponential_histogram,
            &self.summary,
        ];
        kinds
            .map(|kind| kind.data_points.0.len() as u64)
            .iter()
            .sum()
    }
}

#[cfg(test)]
mod tests;
