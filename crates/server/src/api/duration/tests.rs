use super::*;

fn check(text: &str, nanos: u64) {
    assert_eq!(parse(text), Some(Duration::from_nanos(nanos)), "{text}");
}

#[test]
fn every_unit() {
    check("7ns", 7);
    check("7us", 7_000);
    check("7µs", 7_000);
    check("7μs", 7_000);
    check("7ms", 7_000_000);
    check("7s", 7_000_000_000);
    check("7m", 420_000_000_000);
    check("7h", 25_200_000_000_000);
}

#[test]
fn fractions_and_sums() {
    check("0", 0);
    check("+5s", 5_000_000_000);
    check("1.5ms", 1_500_000);
    check(".5s", 500_000_000);
    check("5.s", 5_000_000_000);
    check("1h15m30.918273645s", 4_530_918_273_645);
    check("1m1ms", 60_001_000_000);
    check("0.3333333333333333333h", 1_199_999_999_999);
    check("0.9ns", 0);
}

#[test]
fn what_is_no_duration() {
    for text in [
        "",
        "+",
        "-",
        "-1s",
        "1",
        "1.5",
        "s",
        ".s",
        ".",
        "1x",
        "1 s",
        " 1s",
        "1s ",
        "1,5s",
        "1e3s",
        "1S",
        "99999999999h",
        "18446744073709551616ns",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}
