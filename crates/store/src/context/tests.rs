use super::*;

const LONG: Duration = Duration::from_hours(1);

#[test]
fn a_query_ends_at_its_deadline() {
    assert!(QueryContext::new(LONG, 0).check().is_ok());
    let late = QueryContext::new(Duration::ZERO, 0);
    assert!(matches!(late.check(), Err(StoreError::Deadline)));
}

#[test]
fn a_query_is_cancelled_when_nobody_waits_for_it() {
    let context = QueryContext::new(LONG, 0);
    drop(context.cancel_on_drop());
    assert!(matches!(
        context.clone().check(),
        Err(StoreError::Cancelled)
    ));
}

#[test]
fn memory_is_bounded_over_all_clones() {
    let context = QueryContext::new(LONG, 10);
    assert!(context.take(6).is_ok());
    assert!(context.clone().take(5).is_err());
    context.give_back(5);
    assert!(context.take(4).is_ok());
    assert!(context.take(usize::MAX).is_err());
}

#[test]
fn queries_together_are_bounded_and_give_back_what_they_took() {
    let pool = QueryPool::new(10);
    let first = pool.query(LONG, 8);
    let second = pool.query(LONG, 8);
    first.take(8).unwrap();
    assert!(matches!(second.take(3), Err(StoreError::TryLater { .. })));
    // What was refused was not taken.
    assert!(second.take(2).is_ok());
    drop(first);
    assert!(second.take(6).is_ok());
    assert!(second.hold().grow(1).is_err());
    drop(second);
    assert!(pool.query(LONG, 10).take(10).is_ok());
}
