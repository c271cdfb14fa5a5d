//! The encoder against prost, the generated one, as the oracle.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use proptest::prelude::*;
use prost::Message;

use super::encode_logs;
use crate::traces::tests::{oracle, requests};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any log records that a request can hold, encoded, are those records again, and byte for byte
    /// what prost would have written.
    #[test]
    fn log_records_are_written_as_the_oracle_writes_them(request in requests::logs_request()) {
        let records = oracle::decode_logs(&request).unwrap().records;
        let written = encode_logs(&records);
        let read = oracle::decode_logs(&written).unwrap();
        // As text, in which NaN equals itself.
        prop_assert_eq!(format!("{:#?}", read.records), format!("{records:#?}"));
        let by_prost = ExportLogsServiceRequest::decode(written.clone()).unwrap().encode_to_vec();
        prop_assert_eq!(&written[..], by_prost);
    }
}
