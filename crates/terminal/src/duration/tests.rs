use super::*;

#[test]
fn as_the_web_pages_write_it() {
    let check = |nanos: u64, expected: &str| {
        assert_eq!(super::duration(Duration::from_nanos(nanos)), expected);
    };
    check(0, "0 ns");
    check(999, "999 ns");
    check(1_000, "1 µs");
    check(1_234, "1.23 µs");
    check(1_500, "1.5 µs");
    check(12_345, "12.3 µs");
    check(999_499, "999 µs");
    check(999_500, "1 ms");
    check(9_996_000, "10 ms");
    check(999_960_000, "1 s");
    check(5_004_999_999, "5 s");
    check(59_940_000_000, "59.9 s");
    check(60_000_000_000, "1 min");
    check(125_000_000_000, "2 min 5 s");
    check(7_380_000_000_000, "2 h 3 min");
    check(119_999_999_999, "2 min");
    check(90_000_000_000_000, "1 d 1 h");
}
