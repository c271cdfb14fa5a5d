use std::time::Duration;

use super::{disk, memory, retention};

#[test]
fn lengths_of_time_are_read() {
    for (text, hours) in [
        ("7d", 168),
        ("36h", 36),
        ("1d 12h", 36),
        ("120m", 2),
        ("2w", 336),
    ] {
        assert_eq!(retention(text), Ok(Duration::from_hours(hours)), "{text}");
    }
    for text in ["", "7", "seven days", "1y", "-7d", "7 lightyears"] {
        let error = retention(text).unwrap_err();
        assert!(error.contains("write it like 7d"), "{text}: {error}");
    }
    let error = retention("5m").unwrap_err();
    assert!(error.contains("ten minutes"), "{error}");
}

#[test]
fn sizes_are_read() {
    for (text, bytes) in [
        ("20GiB", 20 << 30),
        ("500MB", 500_000_000),
        ("1 TiB", 1 << 40),
        ("300000000", 300_000_000),
    ] {
        assert_eq!(disk(text), Ok(bytes), "{text}");
    }
    for text in ["", "much", "-1GiB", "20 parsecs"] {
        let error = disk(text).unwrap_err();
        assert!(error.contains("write it like 20GiB"), "{text}: {error}");
    }
    let error = disk("10MiB").unwrap_err();
    assert!(error.contains("256MiB is the least"), "{error}");
    assert_eq!(memory("256MiB"), Ok(256 << 20));
    let error = memory("255MiB").unwrap_err();
    assert!(error.contains("256MiB is the least"), "{error}");
}
