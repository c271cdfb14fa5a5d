use super::*;

fn of(values: impl IntoIterator<Item = f64>) -> Histogram {
    let mut histogram = Histogram::default();
    for value in values {
        histogram.record(value);
    }
    histogram
}

#[track_caller]
fn check(histogram: &Histogram, part: f64, expected: f64) {
    let found = histogram.quantile(part).unwrap();
    let off = (found - expected).abs() / expected.abs();
    assert!(off <= 0.032, "{found} for {expected}");
}

#[test]
fn quantiles_are_right_within_three_percent_at_every_scale() {
    for scale in [1e-9, 1.0, 1e3, 1e9, 1e18] {
        let histogram = of((1..=1000).map(|number| f64::from(number) * scale));
        for (part, expected) in [(0.001, 1.0), (0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            check(&histogram, part, expected * scale);
        }
    }
}

#[test]
fn negative_values_come_before_and_zero_between() {
    let histogram = of([-100.0, -10.0, 0.0, 10.0, 100.0]);
    for (part, expected) in [(0.2, -100.0), (0.4, -10.0), (0.8, 10.0), (1.0, 100.0)] {
        check(&histogram, part, expected);
    }
    assert_eq!(histogram.quantile(0.6), Some(0.0));
}

#[test]
fn merging_is_counting_all() {
    let [one, two] = [0..500, 500..1000].map(|range| of(range.map(f64::from)));
    let mut merged = one;
    merged.merge(&two);
    assert_eq!(merged, of((0..1000).map(f64::from)));
    assert_eq!(merged.count(), 1000);
}

#[test]
fn nothing_and_nan_have_no_quantiles_and_infinity_has() {
    assert_eq!(of([]).quantile(0.5), None);
    assert_eq!(of([f64::NAN]).quantile(0.5), None);
    assert_eq!(of([f64::INFINITY]).quantile(0.5), Some(f64::INFINITY));
    assert_eq!(of([f64::MAX]).quantile(0.5).map(f64::is_finite), Some(true));
}

#[test]
fn each_value_is_within_the_bounds_of_its_bucket() {
    for value in [
        0.0, 1e-300, 0.1, 1.0, 1.06, 17.0, 1e9, -1e-300, -3.0, -1e200,
    ] {
        let histogram = of([value]);
        let (from, to, count) = histogram.buckets().next().unwrap();
        assert!(from <= value && value <= to, "{from} {value} {to}");
        assert_eq!(count, 1);
    }
}

#[test]
fn many_at_once_are_counted_as_one_by_one() {
    let near = |count: i32| {
        (0..count)
            .map(|n| f64::from(n % 97) * 1e6)
            .collect::<Vec<_>>()
    };
    let cases = [
        Vec::new(),
        near(3),
        near(16),
        near(1001),
        (-500..500).map(f64::from).collect(),
        // So far apart that no table is made of them.
        (-300..300).map(|exponent| 10_f64.powi(exponent)).collect(),
        near(40)
            .into_iter()
            .chain([f64::NAN, f64::INFINITY])
            .collect(),
    ];
    for values in cases {
        let mut histogram = of([7.0]);
        histogram.record_all(&values);
        assert_eq!(histogram, of([7.0].into_iter().chain(values)));
    }
}

#[test]
fn no_quantile_lies_outside_of_the_values() {
    let histogram = of([50.2e6, 50.3e6]);
    for part in [0.0, 0.5, 0.95, 1.0] {
        let found = histogram.quantile(part).unwrap();
        assert!((50.2e6..=50.3e6).contains(&found), "{found}");
    }
    assert_eq!(of([840.0]).quantile(0.95), Some(840.0));
    let mut merged = of([100.0, 840.0]);
    merged.merge(&of([90.0]));
    assert_eq!(merged.quantile(1.0), Some(840.0));
    assert_eq!(merged.quantile(0.1), Some(90.0));
}

#[test]
fn counts_and_extremes_tell_all_of_it() {
    for histogram in [of([]), of((-99..99).map(f64::from))] {
        let again = Histogram::from_counts(histogram.counts(), histogram.extremes());
        assert_eq!(again, histogram);
    }
}
