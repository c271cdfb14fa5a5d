use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint,
};
use prost::Message as _;

use super::{count_data_points, count_log_records};
use crate::Malformed;

#[test]
fn log_records_are_counted_over_all_resources_and_scopes() {
    let scope_logs = |records| ScopeLogs {
        log_records: vec![LogRecord::default(); records],
        schema_url: "https://example.com".to_owned(),
        ..ScopeLogs::default()
    };
    let resource_logs = |scope_logs| ResourceLogs {
        scope_logs,
        ..ResourceLogs::default()
    };
    let request = ExportLogsServiceRequest {
        resource_logs: vec![
            resource_logs(vec![scope_logs(2), scope_logs(0)]),
            resource_logs(vec![scope_logs(3)]),
            resource_logs(vec![]),
        ],
    };

    assert_eq!(count_log_records(&request.encode_to_vec()), Ok(5));
}

#[test]
fn data_points_of_every_kind_are_counted() {
    let gauge = Gauge {
        data_points: vec![NumberDataPoint::default(); 1],
    };
    let sum = Sum {
        data_points: vec![NumberDataPoint::default(); 2],
        is_monotonic: true,
        ..Sum::default()
    };
    let histogram = Histogram {
        data_points: vec![HistogramDataPoint::default(); 3],
        ..Histogram::default()
    };
    let exponential_histogram = ExponentialHistogram {
        data_points: vec![ExponentialHistogramDataPoint::default(); 4],
        ..ExponentialHistogram::default()
    };
    let summary = Summary {
        data_points: vec![SummaryDataPoint::default(); 5],
    };
    let metrics = [
        Data::Gauge(gauge),
        Data::Sum(sum),
        Data::Histogram(histogram),
        Data::ExponentialHistogram(exponential_histogram),
        Data::Summary(summary),
    ]
    .map(|data| Metric {
        name: "requests".to_owned(),
        data: Some(data),
        ..Metric::default()
    });
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                metrics: metrics.to_vec(),
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    };

    assert_eq!(
        count_data_points(&request.encode_to_vec()),
        Ok(1 + 2 + 3 + 4 + 5)
    );
}

#[test]
fn an_empty_request_has_none() {
    assert_eq!(count_log_records(&[]), Ok(0));
    assert_eq!(count_data_points(&[]), Ok(0));
}

#[test]
fn what_is_no_request_is_refused() {
    let error = count_log_records(&[0x0a, 0x05, 0x01]).unwrap_err();
    assert_eq!((error.offset, error.what), (1, Malformed::Truncated));

    let error = count_data_points(&[0x08, 0x01]).unwrap_err();
    let expected = Malformed::WireType {
        field: "ExportMetricsServiceRequest.resource_metrics",
        expected: 2,
        found: 0,
    };
    assert_eq!((error.offset, error.what), (0, expected));
}
