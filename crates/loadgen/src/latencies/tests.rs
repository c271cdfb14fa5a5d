use std::time::Duration;

use super::Latencies;

fn recorded(micros: impl IntoIterator<Item = u64>) -> Latencies {
    let mut latencies = Latencies::default();
    for micros in micros {
        latencies.record(Duration::from_micros(micros));
    }
    latencies
}

#[test]
fn percentiles_are_at_most_a_hundredth_too_long() {
    let latencies = recorded((1..=100_000).rev());
    for (share, exact) in [(1, 100), (500, 50_000), (990, 99_000), (999, 99_900)] {
        let told = latencies.per_mille(share);
        let exact = Duration::from_micros(exact);
        assert!(
            exact <= told && told <= exact * 101 / 100,
            "{told:?} for {exact:?}"
        );
    }
    assert_eq!(latencies.per_mille(1000), Duration::from_millis(100));
    assert_eq!(latencies.max(), Duration::from_millis(100));
}

#[test]
fn one_of_few_is_told_exactly_up_to_255_microseconds() {
    let latencies = recorded([3, 1, 255]);
    assert_eq!(latencies.per_mille(500), Duration::from_micros(3));
    assert_eq!(latencies.per_mille(990), Duration::from_micros(255));
}

#[test]
fn no_time_is_too_long() {
    let mut latencies = recorded([1]);
    latencies.record(Duration::MAX);
    assert_eq!(latencies.per_mille(500), Duration::from_micros(1));
    assert_eq!(latencies.max(), Duration::MAX);
}

#[test]
fn nothing_recorded_is_zero() {
    assert_eq!(Latencies::default().per_mille(990), Duration::ZERO);
}

#[test]
fn merged_counts_are_those_of_both() {
    let mut merged = recorded([1, 2]);
    merged.merge(&recorded([9000]));
    assert_eq!(merged.count(), 3);
    assert_eq!(merged.max(), Duration::from_millis(9));
    assert_eq!(merged.per_mille(500), Duration::from_micros(2));
}
