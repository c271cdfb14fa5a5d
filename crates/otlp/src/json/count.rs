//! How many records a request of another signal carries, for the answer that none was kept.

use super::JsonError;
use super::budget::{self, List};
use super::object::message;

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

// Of each message only the list that counts is read.
message! { LogsRequest { resource_logs: List<ResourceLogs> } }
message! { ResourceLogs { scope_logs: List<ScopeLogs> } }
message! { ScopeLogs { log_records: List<Record> } }
message! { MetricsRequest { resource_metrics: List<ResourceMetrics> } }
message! { ResourceMetrics { scope_metrics: List<ScopeMetrics> } }
message! { ScopeMetrics { metrics: List<Metric> } }
message! { DataPoints { data_points: List<Record> } }

message! {
    /// A log record or a data point.
    Record {}
}

message! {
    /// A metric has the field of its kind only.
    Metric {
        gauge: DataPoints,
        sum: DataPoints,
        histogram: DataPoints,
        exponential_histogram: DataPoints,
        summary: DataPoints,
    }
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
