//! A store of which a part cannot be read: the rest is answered, and every answer says that it is a
//! part.

use clew_model::{Span, SpanKind};
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::{ClewProcess, http_client};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{export, start};

/// A trace in each of two segments, of which the first is lost.
async fn damaged() -> (TempDir, ClewProcess) {
    let data_dir = TempDir::new().expect("there is room for it");
    for number in 1..=2 {
        let clew = start(&data_dir);
        let span = Span {
            kind: SpanKind::Server,
            ..span(&service("web"), number.into(), number)
        };
        assert!(export(&http_client(), &clew, "/v1/traces", request_of(&[span])).await);
        assert!(clew.terminate().success());
    }
    let lost = data_dir.path().join("segments/0000000000000001.parquet");
    std::fs::remove_file(lost).expect("it is there");
    let clew = start(&data_dir);
    (data_dir, clew)
}

async fn get(clew: &ClewProcess, path: &str) -> (u16, Value) {
    let url = format!("http://{}{path}", clew.http());
    let answer = http_client().get(url).send().await.expect("it answers");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("the answer is JSON"))
}

#[tokio::test]
async fn what_is_left_is_answered_and_said_to_be_a_part() {
    const WHY: &str = "cannot be read";
    let (_data_dir, clew) = damaged().await;
    let kept = trace_id(2);
    let of_clew = [
        ("/services".to_owned(), "/values/0/value"),
        ("/span-names".to_owned(), "/values/0/value"),
        ("/traces".to_owned(), "/traces/0/traceId"),
        (format!("/traces/{kept}"), "/traceId"),
    ];
    for (path, found) in of_clew {
        let (status, answer) = get(&clew, &format!("/api/clew/v1{path}")).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert!(answer.pointer(found).is_some(), "{path}: {answer}");
        let why = answer["partial"].as_str().unwrap_or_default();
        assert!(why.contains(WHY), "{path}: {answer}");
    }
    let of_jaeger = [
        "/services".to_owned(),
        "/services/web/operations".to_owned(),
        "/operations?service=web".to_owned(),
        "/traces?service=web&start=0".to_owned(),
        format!("/traces/{kept}"),
    ];
    for path in of_jaeger {
        let (status, answer) = get(&clew, &format!("/api{path}")).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let found = answer["data"].as_array().map(Vec::len);
        assert_eq!(found, Some(1), "{path}: {answer}");
        let why = answer["errors"][0]["msg"].as_str().unwrap_or_default();
        assert!(why.contains(WHY), "{path}: {answer}");
    }
    let lost = format!("/api/clew/v1/traces/{}", trace_id(1));
    let (status, answer) = get(&clew, &lost).await;
    assert_eq!(status, 500, "it may be there: {answer}");
}
