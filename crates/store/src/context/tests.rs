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
