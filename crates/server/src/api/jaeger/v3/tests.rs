use std::time::Duration;

use clew_store::{QueryContext, Scan};
use http_body_util::BodyExt as _;

use super::*;
use crate::api::filter::{AttributeFilter, SpanFilter};

fn parsed(query: &str) -> Result<Search, String> {
    parse(&Parameters::parse_fields(Some(query))).map_err(|error| error.to_string())
}

fn refused(query: &str, expected: &str) {
    assert_eq!(parsed(query), Err(expected.to_owned()), "{query}");
}

#[test]
fn everything_at_once_in_either_spelling() {
    let time = TimeRange {
        start: Timestamp::from_unix_nanos(1_680_000_000_000_000_000),
        end: Timestamp::from_unix_nanos(1_680_000_001_907_000_000),
    };
    let span = SpanFilter {
        service: Some("cart".to_owned()),
        name: Some("add_item".to_owned()),
        duration_min: Some(Duration::from_millis(1)),
        duration_max: Some(Duration::from_millis(1200)),
        attributes: vec![AttributeFilter {
            key: "user_id".to_owned(),
            value: "anna".to_owned(),
        }],
        ..SpanFilter::default()
    };
    let expected = Search {
        scan: Scan::newest(time, span.predicate()),
        after: None,
        limit: 20,
    };
    for query in [
        "query.serviceName=cart&query.operationName=add_item&query.searchDepth=20&\
         query.startTimeMin=2023-03-28T10:40:00.000Z&query.startTimeMax=2023-03-28T10:40:01.907Z&\
         query.durationMin=1ms&query.durationMax=1.2s&query.attributes={\"user_id\":\"anna\"}",
        "query.service_name=cart&query.operation_name=add_item&query.search_depth=20&\
         query.start_time_min=2023-03-28T10:40:00Z&\
         query.start_time_max=2023-03-28T12:40:01.907%2B02:00&query.raw_traces=true&\
         query.duration_min=1ms&query.duration_max=1.2s&query.attributes={\"user_id\":\"anna\"}",
    ] {
        assert_eq!(parsed(query).as_ref(), Ok(&expected), "{query}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    refused(
        "query.searchDepth=1501",
        "parameter 'query.searchDepth': '1501' is not a whole number from 1 to 1500",
    );
    refused(
        "query.start_time_min=1680000000000000",
        "parameter 'query.startTimeMin': '1680000000000000' is not a time since 1970 \
         such as 2023-11-14T22:13:20.5Z",
    );
    refused(
        "query.startTimeMin=2023-11-14T22:13:21Z&query.startTimeMax=2023-11-14T22:13:20Z",
        "parameter 'query.startTimeMin': it is later than 'query.startTimeMax'",
    );
    refused(
        "query.durationMin=2s&query.durationMax=1s",
        "parameter 'query.durationMax': it is less than 'query.durationMin'",
    );
    refused(
        "query.attributes={\"a\":[]}",
        "parameter 'query.attributes': the value of 'a' is not text, a number or a boolean",
    );
    refused(
        "query.rawTraces=maybe",
        "parameter 'query.rawTraces': 'maybe' is neither true nor false",
    );
}

#[tokio::test]
async fn a_list_of_a_part_says_why() {
    let coverage = Coverage::Partial("a segment is damaged".to_owned());
    let context = QueryContext::new(Duration::from_hours(1), 1 << 20);
    let response = stream::answer(context, Layout::Compact, |mut json| async move {
        answer::write_named_list(&mut json, "services", &["cart"], &coverage)?;
        Ok(json)
    });
    let body = response.await.unwrap().into_body();
    let expected = r#"{"services":["cart"],"errors":[{"msg":"a segment is damaged"}]}"#;
    assert_eq!(body.collect().await.unwrap().to_bytes(), expected);
}
