use std::time::Duration;

use clew_model::Timestamp;
use clew_testkit::{service, span, span_id, trace_id};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::*;
use crate::api::stream::{self, Layout};

fn part(spans: Vec<Span>, context: &QueryContext) -> TracePart {
    TracePart {
        id: trace_id(1),
        spans,
        is_last: true,
        memory: context.hold(),
    }
}

/// The lines of these spans, of which the second time only those of these numbers can be read.
async fn lines_of(spans: Vec<Span>, readable: &'static [usize]) -> Vec<Value> {
    let context = QueryContext::new(Duration::from_mins(1), usize::MAX);
    let answer = stream::answer(context.clone(), Layout::Compact, |mut json| async move {
        let mut outline = Outline::new(trace_id(1), &context);
        assert!(
            outline
                .take(part(spans.clone(), &context))
                .await
                .is_continue()
        );
        outline.write(&mut json, &Coverage::Complete).await?;
        let mut lines = Lines::new(json, outline, &context);
        let read = readable.iter().map(|&number| spans[number].clone());
        assert!(
            lines
                .take(part(read.collect(), &context))
                .await
                .is_continue()
        );
        lines
            .finish(&Coverage::Partial("a file is damaged".to_owned()))
            .await
    });
    let body = answer.await.unwrap().into_body().collect().await.unwrap();
    let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn each_line_is_of_its_span_whatever_cannot_be_read() {
    let spans: Vec<Span> = [(1, 10), (2, 20), (2, 30), (3, 30), (4, 40)]
        .map(|(id, start)| Span {
            start: Timestamp::from_unix_nanos(start),
            ..span(&service("shop"), 1, id)
        })
        .into();
    let all: &[usize] = &[0, 1, 2, 3, 4];
    for readable in [all, &[0, 2, 4], &[1], &[3, 4], &[]] {
        let lines = lines_of(spans.clone(), readable).await;
        assert_eq!(lines.len(), spans.len() + 2, "{readable:?}");
        for (number, span) in spans.iter().enumerate() {
            let line = &lines[number + 1];
            if readable.contains(&number) {
                assert_eq!(line["spanId"], span_id_text(span), "{readable:?}");
                let start = span.start.unix_nanos().to_string();
                assert_eq!(line["startTimeUnixNano"], start, "{readable:?}");
            } else {
                assert_eq!(*line, Value::Null, "{readable:?}");
            }
        }
        assert_eq!(lines[6]["partial"], "a file is damaged");
    }
    let first = &lines_of(spans, all).await[0]["columns"];
    assert_eq!(first["startNanos"], json!([0, 10, 20, 20, 30]));
    assert!(
        first["spanIds"]
            .as_str()
            .unwrap()
            .starts_with(&span_id(1).to_string())
    );
}

fn span_id_text(span: &Span) -> String {
    span.span_id.to_string()
}
