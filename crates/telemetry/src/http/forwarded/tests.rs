use http::{HeaderName, HeaderValue};

use super::*;

fn check(lines: &[(&'static str, &'static str)], expected: [Option<&str>; 3]) {
    let headers: HeaderMap = lines
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    let [client, host, scheme] = expected;
    let expected = Forwarded {
        client,
        host,
        scheme,
    };
    assert_eq!(Forwarded::of(&headers), expected, "{lines:?}");
}

#[test]
fn the_first_hop_counts() {
    check(&[], [None; 3]);
    check(
        &[(
            "forwarded",
            "For=\"[2001:db8::1]:4711\"; Proto=https;host=example.com, for=10.0.0.1",
        )],
        [Some("2001:db8::1"), Some("example.com"), Some("https")],
    );
    check(
        &[
            ("x-forwarded-for", "192.0.2.60:4711, 10.0.0.1"),
            ("x-forwarded-host", "example.com:8443"),
            ("x-forwarded-proto", "https"),
        ],
        [Some("192.0.2.60"), Some("example.com:8443"), Some("https")],
    );
}

#[test]
fn the_standard_header_goes_before_its_forerunners() {
    check(
        &[
            ("forwarded", "for=192.0.2.1"),
            ("x-forwarded-for", "192.0.2.2"),
            ("x-forwarded-proto", "https"),
        ],
        [Some("192.0.2.1"), None, Some("https")],
    );
}

#[test]
fn garbage_says_nothing() {
    check(&[("forwarded", ";;=,;for")], [None; 3]);
}

#[test]
fn a_port_is_left_out_and_an_address_left_whole() {
    for (address, host) in [
        ("192.0.2.60", "192.0.2.60"),
        ("192.0.2.60:80", "192.0.2.60"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("[2001:db8::1", "2001:db8::1"),
        ("", ""),
    ] {
        assert_eq!(without_port(address), host, "{address}");
    }
}
