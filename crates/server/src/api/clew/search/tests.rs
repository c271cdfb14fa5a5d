use std::time::Duration;

use clew_model::{SpanKind, TraceId};

use super::*;

fn read(query: &str) -> Result<Search, String> {
    parse(&Parameters::parse(Some(query))).map_err(|error| error.to_string())
}

#[test]
fn everything_at_once() {
    let query = "service=bands-api&name=GET+%2Fbands&kind=server&status=error&minDuration=1.5ms&\
                 maxDuration=2s&start=5&end=7&attribute=user%3Danna%3Db&attribute=n%3D1&\
                 order=slowest&limit=3&after=1f-0af7651916cd43dd8448eb211c80319c";
    let attribute = |key: &str, value: &str| AttributeFilter {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    let filter = SpanFilter {
        service: Some("bands-api".to_owned()),
        name: Some("GET /bands".to_owned()),
        kind: Some(SpanKind::Server),
        status: Some(StatusCode::Error),
        duration_min: Some(Duration::from_micros(1500)),
        duration_max: Some(Duration::from_secs(2)),
        attributes: vec![attribute("user", "anna=b"), attribute("n", "1")],
    };
    let expected = Search {
        scan: Scan {
            time: TimeRange {
                start: Timestamp::from_unix_nanos(5),
                end: Timestamp::from_unix_nanos(7),
            },
            spans: vec![filter.predicate()],
            order: Order::Slowest,
            arrived: None,
        },
        after: Some(Cursor {
            key: OrderKey(0x1f),
            id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
        }),
        limit: 3,
    };
    assert_eq!(read(query), Ok(expected));
}

#[test]
fn nothing_is_required() {
    let expected = Search {
        scan: Scan::newest(TimeRange::ALL, SpanFilter::default().predicate()),
        after: None,
        limit: LIMIT_DEFAULT,
    };
    assert_eq!(read("service=&limit=&after="), Ok(expected));
}

#[test]
fn a_cursor_is_read_as_it_was_written() {
    for key in [0, 1, u64::MAX] {
        let cursor = Cursor {
            key: OrderKey(key),
            id: TraceId::from_bytes([7; 16]).unwrap(),
        };
        assert_eq!(read_cursor(&write_cursor(&cursor)), Ok(cursor));
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (query, problem) in [
        (
            "limit=0",
            "parameter 'limit': '0' is not a whole number from 1 to 1000",
        ),
        (
            "start=1h",
            "parameter 'start': '1h' is not a time in nanoseconds since 1970",
        ),
        ("start=2&end=1", "parameter 'start': it is later than 'end'"),
        (
            "status=bad",
            "parameter 'status': 'bad' is none of unset, ok and error",
        ),
        (
            "order=best",
            "parameter 'order': 'best' is none of newest, oldest and slowest",
        ),
        (
            "attribute=x",
            "parameter 'attribute': 'x' is not of the form key=value",
        ),
        (
            "after=x",
            "parameter 'after': 'x' is not what an answer gave as 'next'",
        ),
        (
            "after=1-x",
            "parameter 'after': '1-x' is not what an answer gave as 'next'",
        ),
        (
            "minDuration=2s&maxDuration=1s",
            "parameter 'maxDuration': it is less than 'minDuration'",
        ),
    ] {
        assert_eq!(read(query), Err(problem.to_owned()));
    }
}
