use std::time::Duration;

use clew_store::StoreError;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::*;

fn context(bytes_max: usize) -> QueryContext {
    QueryContext::new(Duration::from_hours(1), bytes_max)
}

async fn body_of(response: Response) -> Vec<u8> {
    let body = response.into_body().collect().await.unwrap();
    body.to_bytes().to_vec()
}

/// A list of so many numbers, written one by one.
async fn numbers(context: &QueryContext, layout: Layout, count: u32) -> Result<Response, Failure> {
    answer(context.clone(), layout, |mut writer| async move {
        writer.raw("[");
        for number in 0..count {
            if number > 0 {
                writer.raw(",");
            }
            writer.value(&json!({"n": number, "text": "a \"b\" [c], {d}: \\"}))?;
            writer.flow().await?;
        }
        writer.raw("]");
        Ok(writer)
    })
    .await
}

#[tokio::test]
async fn an_answer_is_the_same_in_pieces_and_in_both_layouts() {
    for count in [0, 1, 3, 10_000] {
        let compact = body_of(
            numbers(&context(1 << 20), Layout::Compact, count)
                .await
                .unwrap(),
        )
        .await;
        let value: Value = serde_json::from_slice(&compact).unwrap();
        assert_eq!(value.as_array().unwrap().len(), count as usize);
        let pretty = body_of(
            numbers(&context(1 << 20), Layout::Pretty, count)
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(pretty, serde_json::to_vec_pretty(&value).unwrap());
    }
}

#[tokio::test]
async fn a_small_answer_tells_its_length() {
    let response = numbers(&context(1 << 20), Layout::Compact, 3)
        .await
        .unwrap();
    let length = http_body::Body::size_hint(response.body()).exact();
    assert_eq!(length, Some(body_of(response).await.len() as u64));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_not_made() {
    let context = context(1 << 20);
    let response = numbers(&context, Layout::Compact, u32::MAX).await.unwrap();
    // It would take gigabytes, and has room for one megabyte.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(context.check().is_ok());
    drop(response);
    assert!(matches!(context.check(), Err(StoreError::Cancelled)));
}

#[tokio::test]
async fn a_failure_before_anything_was_sent_is_the_answer() {
    let made = answer(context(1 << 20), Layout::Compact, |_| async {
        Err(Failure::TraceNotFound)
    });
    assert!(matches!(made.await, Err(Failure::TraceNotFound)));
    let poor = numbers(&context(10), Layout::Compact, 3).await;
    assert!(matches!(poor, Err(Failure::TooLarge(_))));
}

#[tokio::test]
async fn a_failure_later_breaks_the_answer_off() {
    let made = answer(context(1 << 20), Layout::Compact, |mut writer| async move {
        writer.raw(&" ".repeat(PIECE_BYTES));
        writer.flow().await?;
        Err(Failure::Busy)
    });
    let body = made.await.unwrap().into_body().collect().await;
    assert!(body.is_err());
}

#[tokio::test]
async fn a_value_that_takes_too_much_is_refused_before_it_is_whole() {
    let poor = context(1 << 20);
    let made = answer(poor.clone(), Layout::Compact, |mut writer| async move {
        // Two megabytes as text.
        let refused = writer.value(&vec![0_u8; 1 << 20]);
        assert!(writer.buffer.len() < 1 << 20, "{}", writer.buffer.len());
        refused.map(|()| writer)
    });
    assert!(matches!(made.await, Err(Failure::TooLarge(_))));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_left_after_a_while() {
    let whole = numbers(&context(1 << 20), Layout::Compact, 100_000).await;
    tokio::time::sleep(SEND_PATIENCE / 2).await;
    assert!(!body_of(whole.unwrap()).await.is_empty());

    let given_up = numbers(&context(1 << 20), Layout::Compact, 100_000).await;
    tokio::time::sleep(SEND_PATIENCE * 2).await;
    let body = given_up.unwrap().into_body().collect().await;
    assert!(body.is_err(), "a part was taken for the whole");
}
