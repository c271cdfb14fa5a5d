//! Clew's own API.

use clew_model::{Span, Timestamp};
use clew_testkit::{request_of, service, span, span_id, trace_id};
use clew_testkit_server::Backend;
use serde_json::{Value, json};

use crate::support::{export, get};

const START: u64 = 1_700_000_000_000_000_000;

/// Traces 1 to 5 of `web`, each a second after the one before, and a call to `cart` in the third.
async fn shop() -> Backend {
    let backend = Backend::start();
    let at = |nanos| Timestamp::from_unix_nanos(START + nanos);
    let mut spans: Vec<Span> = (1..=5)
        .map(|number| Span {
            name: "GET /".to_owned(),
            start: at(number * 1_000_000_000),
            end: at(number * 1_000_000_000 + 7),
            ..span(&service("web"), number.into(), 1)
        })
        .collect();
    spans.push(Span {
        name: "add".to_owned(),
        parent_span_id: Some(span_id(1)),
        start: at(3_000_000_001),
        end: at(3_000_000_002),
        ..span(&service("cart"), 3, 2)
    });
    export(&backend, request_of(&spans)).await.export();
    backend
}

async fn json_of(backend: &Backend, path: &str) -> Value {
    let answer = get(backend, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        answer.header("content-security-policy"),
        Some("default-src 'none'")
    );
    answer.json()
}

#[tokio::test]
async fn services_and_span_names_come_with_how_many_spans_have_them() {
    let backend = shop().await;
    let services = json!({
        "values": [{"value": "web", "spans": 5}, {"value": "cart", "spans": 1}],
        "hasMore": false,
        "partial": null,
    });
    assert_eq!(json_of(&backend, "/api/clew/v1/services").await, services);
    for (query, expected) in [
        ("?service=cart", json!([{"value": "add", "spans": 1}])),
        ("?service=nobody", json!([])),
        (
            "",
            json!([{"value": "GET /", "spans": 5}, {"value": "add", "spans": 1}]),
        ),
    ] {
        let names = json_of(&backend, &format!("/api/clew/v1/span-names{query}")).await;
        assert_eq!(names["values"], expected, "{query}");
    }
}

#[tokio::test]
async fn a_search_answers_with_a_line_for_each_trace_page_by_page() {
    let backend = shop().await;
    let mut starts = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/clew/v1/traces?service=web&limit=2&after={after}");
        let page = json_of(&backend, &path).await;
        assert_eq!(page["partial"], Value::Null);
        for trace in page["traces"].as_array().unwrap() {
            starts.push(trace["startTimeUnixNano"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<_> = (1..=5)
        .rev()
        .map(|second| (START + second * 1_000_000_000).to_string())
        .collect();
    assert_eq!(starts, expected);

    let page = json_of(&backend, "/api/clew/v1/traces?service=cart").await;
    let summary = json!({
        "traceId": trace_id(3).to_string(),
        "root": {"service": "web", "name": "GET /", "isMissing": false},
        "startTimeUnixNano": (START + 3_000_000_000).to_string(),
        "durationNano": "7",
        "spans": 2, "errors": 0,
        "services": [
            {"name": "web", "spans": 1, "errors": 0}, {"name": "cart", "spans": 1, "errors": 0},
        ],
        "servicesLeftOut": 0,
    });
    assert_eq!(
        page,
        json!({"traces": [summary], "next": null, "partial": null})
    );
}

#[tokio::test]
async fn a_parameter_that_there_is_none_of_is_refused() {
    let backend = shop().await;
    for (path, expected) in [
        (
            "traces?servce=web",
            "parameter 'servce': it is none of service, name, kind",
        ),
        (
            "span-names?name=web",
            "parameter 'name': it is none of service",
        ),
        (
            "services?service=web",
            "parameter 'service': nothing is asked for here",
        ),
        (
            "traces/3?limit=1",
            "parameter 'limit': nothing is asked for here",
        ),
    ] {
        let answer = get(&backend, &format!("/api/clew/v1/{path}")).await;
        assert_eq!(answer.status, 400, "{path}");
        let message = answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(message.starts_with(expected), "{message}");
    }
    json_of(&backend, "/api/clew/v1/services?prettyPrint=true").await;
}

#[tokio::test]
async fn a_trace_comes_with_its_summary_and_what_is_odd_about_it() {
    let backend = shop().await;
    for id in [trace_id(3).to_string(), "3".to_owned()] {
        let trace = json_of(&backend, &format!("/api/clew/v1/traces/{id}")).await;
        assert_eq!(trace["traceId"], trace_id(3).to_string());
        assert_eq!(trace["spans"].as_array().unwrap().len(), 2);
        assert_eq!(
            trace["spans"][1]["startTimeUnixNano"],
            (START + 3_000_000_001).to_string()
        );
        assert_eq!(trace["resources"].as_array().unwrap().len(), 2);
        assert_eq!(trace["summary"]["durationNano"], "7");
        assert_eq!(trace["findings"], json!([]));
    }
    let lost = Span {
        parent_span_id: Some(span_id(9)),
        ..span(&service("cart"), 7, 2)
    };
    export(&backend, request_of(&[lost])).await.export();
    let trace = json_of(&backend, "/api/clew/v1/traces/7").await;
    assert_eq!(trace["findings"][0]["kind"], "missingCaller");
    assert_eq!(
        trace["findings"][0]["what"],
        "The span that called cart is not here."
    );
}

#[tokio::test]
async fn failures_have_one_form() {
    let backend = shop().await;
    for (path, status, message) in [
        ("traces/9", 404, "trace not found"),
        (
            "traces/x",
            400,
            "parameter 'id': 'x' is not a trace id, which has 1 to 32 hexadecimal digits, not all zero",
        ),
        ("traces/%ff", 400, "parameter 'id': it is not UTF-8"),
        (
            "traces?order=best",
            400,
            "parameter 'order': 'best' is none of newest, oldest and slowest",
        ),
        (
            "nothing",
            404,
            "there is no such path in Clew's API, or not in this version of Clew",
        ),
    ] {
        let answer = get(&backend, &format!("/api/clew/v1/{path}")).await;
        let expected = json!({"error": {"status": status, "message": message}});
        assert_eq!(answer.json(), expected, "{path}");
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_hops_of_a_trace_come_with_their_headers_and_what_is_wrong() {
    let backend = shop().await;
    let answer = json_of(&backend, "/api/clew/v1/traces/3/hops").await;
    assert_eq!(answer["partial"], json!(null));
    assert_eq!(answer["findings"], json!([]));
    assert_eq!(answer["failed"], json!({"spans": 0, "first": null}));
    let [hop] = &answer["hops"].as_array().unwrap()[..] else {
        panic!("{answer}");
    };
    assert_eq!(hop["caller"]["service"], "web");
    assert_eq!(hop["callee"]["service"], "cart");
    assert_eq!(hop["callee"]["name"], "add");
    assert_eq!(hop["callerSpanId"], span_id(1).to_string());
    assert_eq!(
        hop["traceparent"],
        json!({
            "value": format!("00-{}-{}-01", trace_id(3), span_id(1)),
            "source": "reconstructed",
        })
    );
    assert_eq!(
        (&hop["tracestate"], &hop["problems"]),
        (&json!(null), &json!([]))
    );

    let other = trace_id(4).to_string();
    let mut ignored = Span {
        kind: clew_model::SpanKind::Server,
        ..span(&service("pay"), 8, 1)
    };
    let header = format!("00-{other}-{}-01", span_id(1));
    let key = "http.request.header.traceparent";
    ignored.attributes = vec![clew_model::KeyValue::new(key, header.as_str())];
    ignored.status = clew_model::Status {
        code: clew_model::StatusCode::Error,
        message: "card declined".to_owned(),
    };
    export(&backend, request_of(&[ignored])).await.export();
    let answer = json_of(&backend, "/api/clew/v1/traces/8/hops").await;
    let hop = &answer["hops"][0];
    assert_eq!(hop["caller"], json!(null));
    assert_eq!(hop["traceparent"]["source"], "recorded");
    assert_eq!(hop["problems"][0]["kind"], "contextIgnored");
    assert_eq!(hop["problems"][0]["otherTraceId"], other);
    let first = &answer["failed"]["first"];
    assert_eq!(answer["failed"]["spans"], 1);
    assert_eq!(first["spanId"], span_id(1).to_string());
    assert_eq!(first["message"], "card declined");

    let missing = get(&backend, "/api/clew/v1/traces/9/hops").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn the_other_end_of_a_call_is_found_in_another_trace() {
    let backend = shop().await;
    let of = |trace: u128, service_name: &str, kind, key: &str, path: &str| Span {
        kind,
        attributes: vec![clew_model::KeyValue::new(key, path)],
        ..span(&service(service_name), trace, 1)
    };
    let call = of(
        11,
        "web",
        clew_model::SpanKind::Client,
        "url.full",
        "http://pay/charge?of=7",
    );
    let answer = of(
        12,
        "pay",
        clew_model::SpanKind::Server,
        "url.path",
        "/charge",
    );
    export(&backend, request_of(&[call, answer])).await.export();
    for (asked, other) in [(11, 12), (12, 11)] {
        let path = format!("/api/clew/v1/traces/{}/hops", trace_id(asked));
        let answer = json_of(&backend, &path).await;
        let problem = &answer["hops"][0]["problems"][0];
        assert_eq!(problem["kind"], "traceRestarted", "{answer}");
        assert_eq!(problem["otherTraceId"], trace_id(other).to_string());
    }
}

#[tokio::test]
async fn two_traces_are_compared_span_by_span() {
    let backend = shop().await;
    let path = format!("/api/clew/v1/traces/{}/compare/3", trace_id(2));
    let answer = json_of(&backend, &path).await;
    let root = json!({
        "spanId": span_id(1).to_string(),
        "offsetNano": "0", "durationNano": "7", "selfTimeNano": "7", "isError": false,
    });
    let mut root_after = root.clone();
    root_after["selfTimeNano"] = json!("6");
    let expected = json!({
        "before": {"traceId": trace_id(2).to_string(), "spans": 1, "durationNano": "7"},
        "after": {"traceId": trace_id(3).to_string(), "spans": 2, "durationNano": "7"},
        "totals": {
            "new": 1, "gone": 0, "slower": 0, "faster": 0, "same": 1,
            "errorsAppeared": 0, "errorsWentAway": 0,
        },
        "explanations": [],
        "rows": [
            {
                "depth": 0, "change": "same", "error": null,
                "service": "web", "name": "GET /", "kind": 2,
                "before": root, "after": root_after, "selfTimeDifferenceNano": "-1",
            },
            {
                "depth": 1, "change": "new", "error": null,
                "service": "cart", "name": "add", "kind": 2,
                "before": null,
                "after": {
                    "spanId": span_id(2).to_string(),
                    "offsetNano": "1", "durationNano": "1", "selfTimeNano": "1", "isError": false,
                },
                "selfTimeDifferenceNano": "1",
            },
        ],
        "partial": null,
    });
    assert_eq!(answer, expected);

    for (path, status, message) in [
        ("3/compare/9", 404, format!("trace {} not found", trace_id(9))),
        ("9/compare/3", 404, format!("trace {} not found", trace_id(9))),
        (
            "3/compare/x",
            400,
            "parameter 'other': 'x' is not a trace id, which has 1 to 32 hexadecimal digits, not all zero"
                .to_owned(),
        ),
        ("3/compare/%ff", 400, "parameter 'id': it is not UTF-8".to_owned()),
        (
            "3/compare/2?limit=1",
            400,
            "parameter 'limit': nothing is asked for here".to_owned(),
        ),
    ] {
        let answer = get(&backend, &format!("/api/clew/v1/traces/{path}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.json()["error"]["message"], message, "{path}");
    }
}

#[tokio::test]
async fn the_lines_of_a_trace_begin_with_its_outline_and_end_with_its_findings() {
    let backend = shop().await;
    let at = |nanos| Timestamp::from_unix_nanos(START + 3_000_000_000 + nanos);
    let orphan = Span {
        name: "add".to_owned(),
        parent_span_id: Some(span_id(77)),
        start: at(4),
        end: at(3),
        ..span(&service("cart"), 3, 4)
    };
    let again = Span {
        name: "add".to_owned(),
        parent_span_id: Some(span_id(4)),
        start: at(5),
        end: at(9),
        ..span(&service("cart"), 3, 2)
    };
    export(&backend, request_of(&[orphan, again]))
        .await
        .export();
    let whole = json_of(&backend, "/api/clew/v1/traces/3").await;

    let answer = get(&backend, "/api/clew/v1/traces/3/lines").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines = lines_of(answer.text());
    let ids = [1, 2, 4, 2].map(|id| span_id(id).to_string()).concat();
    let outline = json!({
        "traceId": trace_id(3).to_string(),
        "startTimeUnixNano": (START + 3_000_000_000).to_string(),
        "columns": {
            "spanIds": ids,
            "parents": [null, 0, 4, 2],
            "names": [0, 1, 1, 1],
            "kinds": [2, 2, 2, 2],
            "startNanos": [0, 1, 4, 5],
            "durationNanos": [7, 1, -1, 4],
            "statuses": [0, 0, 0, 0],
            "resources": [0, 1, 1, 1],
            "scopes": [0, 0, 0, 0],
        },
        "missingParents": [span_id(77).to_string()],
        "repeatedIds": [3],
        "names": ["GET /", "add"],
        "resources": whole["resources"],
        "scopes": whole["scopes"],
        "partial": null,
    });
    assert_eq!(lines[0], outline);
    assert_eq!(json!(lines[1..5]), whole["spans"]);
    assert_ne!(whole["findings"], json!([]));
    assert_eq!(
        lines[5..],
        [json!({"findings": whole["findings"], "partial": null})]
    );

    for (path, status, message) in [
        ("9/lines", 404, "trace not found"),
        (
            "3/lines?limit=1",
            400,
            "parameter 'limit': nothing is asked for here",
        ),
    ] {
        let answer = get(&backend, &format!("/api/clew/v1/traces/{path}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.json()["error"]["message"], message, "{path}");
    }
}

/// Answers of many pieces are put together in other places than small ones.
#[tokio::test]
async fn the_lines_of_a_large_trace_are_all_there() {
    let backend = Backend::start();
    let spans: Vec<Span> = (1..=3_000)
        .map(|number| Span {
            name: format!("step {}", number % 700),
            parent_span_id: (number > 1).then(|| span_id(number / 2)),
            start: Timestamp::from_unix_nanos(START + number),
            end: Timestamp::from_unix_nanos(START + 9_000 - number),
            ..span(
                &service(["web", "cart"][usize::from(number % 3 == 0)]),
                1,
                number,
            )
        })
        .collect();
    for part in spans.chunks(500) {
        export(&backend, request_of(part)).await.export();
    }
    let lines = lines_of(get(&backend, "/api/clew/v1/traces/1/lines").await.text());
    let whole = json_of(&backend, "/api/clew/v1/traces/1").await;
    assert_eq!(json!(lines[1..=3_000]), whole["spans"]);
    assert_eq!(lines.len(), 3_002);

    let (outline, columns) = (&lines[0], &lines[0]["columns"]);
    let ids = columns["spanIds"].as_str().unwrap();
    for (number, span) in whole["spans"].as_array().unwrap().iter().enumerate() {
        let name = columns["names"][number].as_u64().unwrap();
        assert_eq!(
            outline["names"][usize::try_from(name).unwrap()],
            span["name"]
        );
        assert_eq!(columns["resources"][number], span["resource"]);
        assert_eq!(ids[16 * number..16 * (number + 1)], span["spanId"]);
        let parent = columns["parents"][number].as_u64();
        let parent = parent.map(|parent| usize::try_from(parent).unwrap());
        let parent_id = parent.map(|parent| &ids[16 * parent..16 * (parent + 1)]);
        assert_eq!(parent_id, span["parentSpanId"].as_str());
    }
}

fn lines_of(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}
