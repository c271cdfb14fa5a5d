//! How many records a request of another signal than traces carries, for the answer that none of
//! them was kept.

#[cfg(test)]
mod tests;

use crate::error::DecodeError;
use crate::wire::{Message, WireType};

/// Fields that lead one level down, and what to call them in an error.
struct Level {
    fields: &'static [u32],
    name: &'static str,
}

/// From an `ExportLogsServiceRequest` to a `LogRecord`.
const LOG_RECORDS: &[Level] = &[
    Level {
        fields: &[1],
        name: "ExportLogsServiceRequest.resource_logs",
    },
    Level {
        fields: &[2],
        name: "ResourceLogs.scope_logs",
    },
    Level {
        fields: &[2],
        name: "ScopeLogs.log_records",
    },
];

/// From an `ExportMetricsServiceRequest` to a data point of any kind.
const DATA_POINTS: &[Level] = &[
    Level {
        fields: &[1],
        name: "ExportMetricsServiceRequest.resource_metrics",
    },
    Level {
        fields: &[2],
        name: "ResourceMetrics.scope_metrics",
    },
    Level {
        fields: &[2],
        name: "ScopeMetrics.metrics",
    },
    Level {
        // gauge, sum, histogram, exponential_histogram, summary
        fields: &[5, 7, 9, 10, 11],
        name: "Metric.data",
    },
    Level {
        fields: &[1],
        name: "data_points",
    },
];

/// Counts the log records of an `ExportLogsServiceRequest`, without a look at what they say.
///
/// # Errors
/// If the bytes are not such a message.
pub fn count_log_records(request: &[u8]) -> Result<u64, DecodeError> {
    count(Message::outermost(request), LOG_RECORDS)
}

/// Counts the data points of an `ExportMetricsServiceRequest`, without a look at what they say.
///
/// # Errors
/// If the bytes are not such a message.
pub fn count_data_points(request: &[u8]) -> Result<u64, DecodeError> {
    count(Message::outermost(request), DATA_POINTS)
}

/// How many messages lie at the end of the path.
fn count(mut message: Message<'_>, path: &[Level]) -> Result<u64, DecodeError> {
    let Some((level, below)) = path.split_first() else {
        return Ok(1);
    };
    let mut found = 0;
    while let Some(key) = message.next_key()? {
        if level.fields.contains(&key.number) {
            key.expect(WireType::Bytes, level.name)?;
            found += count(message.message()?, below)?;
        } else {
            message.skip(key)?;
        }
    }
    Ok(found)
}
