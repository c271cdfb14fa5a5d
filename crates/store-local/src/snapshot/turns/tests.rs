use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

fn context() -> QueryContext {
    QueryContext::new(Duration::from_mins(1), 0)
}

#[tokio::test]
async fn a_short_query_does_not_wait_for_the_end_of_a_long_one() {
    const LONG: usize = 1000;
    let turns = Arc::new(Turns(Semaphore::new(1)));
    let taken = Arc::new(AtomicUsize::new(0));
    let long = tokio::spawn({
        let (turns, taken) = (Arc::clone(&turns), Arc::clone(&taken));
        async move {
            let context = context();
            let mut turn = Turn::wait(&turns, &context).await.unwrap();
            for _ in 0..LONG {
                turn.advance(SPANS).await.unwrap();
                taken.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    });
    while taken.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    let before = taken.load(Ordering::Relaxed);

    let context = context();
    let mut turn = Turn::wait(&turns, &context).await.unwrap();
    turn.advance(SPANS - 1).await.unwrap();
    drop(turn);

    let waited = taken.load(Ordering::Relaxed) - before;
    assert!(waited <= 2, "{waited} turns of the other");
    long.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_query_that_gets_no_turn_ends_at_its_deadline() {
    let turns = Turns(Semaphore::new(0));
    let late = QueryContext::new(Duration::from_millis(50), 0);
    let outcome = Turn::wait(&turns, &late).await.map(drop);
    assert!(matches!(outcome, Err(StoreError::Deadline)), "{outcome:?}");
}

#[tokio::test]
async fn whoever_rests_keeps_nobody_waiting() {
    let turns = Turns(Semaphore::new(1));
    let (one, other) = (context(), context());
    let mut resting = Turn::wait(&turns, &one).await.unwrap();
    resting.rest();
    let turn = Turn::wait(&turns, &other).await.unwrap();
    drop(turn);
    resting.resume().await.unwrap();
}
