use clew_model::SpanKind;

use super::*;

/// A moment in 2023.
const NOW_SECONDS: u64 = 1_680_000_000;

fn parse(query: &str) -> Result<Search, String> {
    Search::parse(&Parameters::parse(Some(query))).map_err(|error| error.to_string())
}

fn filter(query: &str) -> SpanFilter {
    match parse(query) {
        Ok(Search::Query(query)) => query.span,
        other => panic!("{query}: {other:?}"),
    }
}

fn attribute(key: &str, value: &str) -> AttributeFilter {
    AttributeFilter {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn refused(query: &str, expected: &str) {
    assert_eq!(parse(query), Err(expected.to_owned()), "{query}");
}

#[test]
fn everything_at_once() {
    let query = "service=bands-api&operation=GET+%2Fbands%2F%7Bid%7D&minDuration=1.5ms&\
                 maxDuration=2s&limit=20&start=1680000000000000&end=1680000001000000&\
                 tag=http.route%3A%2Fbands%3Aall&tags=%7B%22user%22%3A%22anna%22%7D&raw=false&\
                 lookback=1h&unknown=x";

    let expected = Query {
        time: TimeRange {
            start: Timestamp::from_unix_nanos(1_680_000_000_000_000_000),
            end: Timestamp::from_unix_nanos(1_680_000_001_000_000_999),
        },
        span: SpanFilter {
            service: Some("bands-api".to_owned()),
            name: Some("GET /bands/{id}".to_owned()),
            duration_min: Some(Duration::from_micros(1500)),
            duration_max: Some(Duration::from_secs(2)),
            attributes: vec![
                attribute("http.route", "/bands:all"),
                attribute("user", "anna"),
            ],
            ..SpanFilter::default()
        },
        limit: 20,
    };
    assert_eq!(parse(query), Ok(Search::Query(expected)));
}

#[test]
fn nothing_is_required() {
    let Ok(Search::Query(query)) = parse("service=&operation=&limit=&minDuration=&tags=") else {
        panic!("empty parameters count as none");
    };

    assert_eq!(query.span, SpanFilter::default());
    assert_eq!(query.limit, LIMIT_DEFAULT);
}

#[test]
fn time_goes_back_two_days_and_has_no_end() {
    let now = timestamp(Duration::from_secs(NOW_SECONDS));

    let range = time_range(&Parameters::parse(None), now).unwrap();

    let start = (NOW_SECONDS - 2 * 24 * 60 * 60) * 1_000_000_000;
    assert_eq!(range.start, Timestamp::from_unix_nanos(start));
    assert_eq!(range.end, Timestamp::MAX);
}

#[test]
fn kind_and_status_are_tags_of_jaeger() {
    let error = Some(StatusCode::Error);
    assert_eq!(filter("tag=error:true").status, error);
    assert_eq!(filter(r#"tags={"error":"true"}"#).status, error);
    assert_eq!(filter(r#"tags={"error":true}"#).status, error);
    assert_eq!(filter("tag=otel.status_code:ERROR").status, error);
    assert_eq!(
        filter("tag=otel.status_code:OK").status,
        Some(StatusCode::Ok)
    );
    let twice = "tag=error:true&tag=span.status:error";
    assert_eq!(filter(twice).status, error, "the same twice");
    assert_eq!(filter("tag=error:false").status, Some(StatusCode::Ok));
    assert_eq!(
        filter("tag=span.status:Unset").status,
        Some(StatusCode::Unset)
    );
    assert_eq!(filter("tag=span.kind:server").kind, Some(SpanKind::Server));
    assert_eq!(
        filter("tag=span.kind:internal").kind,
        Some(SpanKind::Internal)
    );
    // Neither is what Jaeger makes of kind and status, so attributes may say it.
    let attributes = filter("tag=error:timeout&tag=span.kind:other").attributes;
    assert_eq!(
        attributes,
        [
            attribute("error", "timeout"),
            attribute("span.kind", "other")
        ]
    );
}

#[test]
fn tags_are_text_numbers_and_booleans() {
    let attributes = filter(r#"tags={"a":"x","b":404,"c":false,"d":0.5}"#).attributes;
    let expected = [("a", "x"), ("b", "404"), ("c", "false"), ("d", "0.5")];
    assert_eq!(
        attributes,
        expected.map(|(key, value)| attribute(key, value))
    );
}

#[test]
fn a_bound_of_zero_is_none() {
    let filter = filter("minDuration=1ms&maxDuration=0s");
    assert_eq!(
        (filter.duration_min, filter.duration_max),
        (Some(Duration::from_millis(1)), None)
    );
}

#[test]
fn ids_take_the_place_of_a_search() {
    let query = "traceID=1&traceID=0af7651916cd43dd8448eb211c80319c&traceID=01&service=x";

    let ids = [
        "00000000000000000000000000000001",
        "0af7651916cd43dd8448eb211c80319c",
    ];
    let ids = ids.map(|id| id.parse().unwrap()).into();
    assert_eq!(parse(query), Ok(Search::ByIds(ids)));
}

#[test]
fn what_is_wrong_is_named() {
    for limit in ["0", "-1", "10001", "x", "1.5"] {
        let problem = "is not a whole number from 1 to 10000";
        refused(
            &format!("limit={limit}"),
            &format!("parameter 'limit': '{limit}' {problem}"),
        );
    }
    for name in ["start", "end"] {
        let problem = "'1h' is not a time in microseconds since 1970";
        refused(
            &format!("{name}=1h"),
            &format!("parameter '{name}': {problem}"),
        );
    }
    for name in ["minDuration", "maxDuration"] {
        let problem = "'5' is not a duration such as 1.5ms, 2s or 1m30s";
        refused(
            &format!("{name}=5"),
            &format!("parameter '{name}': {problem}"),
        );
    }
    refused("start=2&end=1", "parameter 'start': it is later than 'end'");
    refused(
        "minDuration=2s&maxDuration=1s",
        "parameter 'maxDuration': it is less than 'minDuration'",
    );
    refused(
        "tag=span.kind:client&tag=span.kind:server",
        "parameter 'tag': all tags must hold, and no span is both client and server",
    );
    refused(
        "tag=otel.status_code:UNSET&tags={\"error\":true}",
        "parameter 'tags': all tags must hold, and no span is both UNSET and ERROR",
    );
    refused(
        "tag=error",
        "parameter 'tag': 'error' is not of the form key:value",
    );
    refused(
        r#"tags={"a":["b"]}"#,
        "parameter 'tags': the value of 'a' is not text, a number or a boolean",
    );
    refused(
        "raw=maybe",
        "parameter 'raw': 'maybe' is neither true nor false",
    );
    for id in ["", "0", "x", "0af7651916cd43dd8448eb211c80319c0"] {
        let problem = "is not a trace id, which has 1 to 32 hexadecimal digits, not all zero";
        refused(
            &format!("traceID={id}"),
            &format!("parameter 'traceID': '{id}' {problem}"),
        );
    }
    assert!(
        parse("tags=error:true")
            .unwrap_err()
            .starts_with("parameter 'tags': this is not a JSON")
    );
}
