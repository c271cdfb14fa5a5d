use super::MemoryBudget;

#[test]
fn no_more_is_taken_than_there_is() {
    let budget = MemoryBudget::new(100);
    assert!(budget.take(60));
    assert!(!budget.take(41));
    assert!(budget.has_room_for(40));
    assert!(budget.take(40));
    assert!(!budget.has_room_for(1));
    budget.give_back(100);
    assert_eq!(budget.taken(), 0);
    assert!(!budget.take(usize::MAX));
}

#[test]
fn a_share_counts_until_it_is_dropped_even_if_it_is_too_much() {
    let budget = MemoryBudget::new(100);
    let mut share = budget.share();
    share.set(80);
    assert!(!budget.take(30));
    share.set(150);
    assert_eq!(budget.taken(), 150);
    assert!(!budget.take(1));
    share.set(10);
    assert!(budget.take(90));
    drop(share);
    assert_eq!(budget.taken(), 90);
}
