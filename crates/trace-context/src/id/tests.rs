use proptest::prelude::*;

use super::*;

#[test]
fn reads_digits_in_either_case_and_shows_them_in_lower_case() {
    let trace_id: TraceId = "0AF7651916cd43dd8448EB211C80319C".parse().unwrap();
    assert_eq!(trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    let span_id: SpanId = "00f067aa0ba902b7".parse().unwrap();
    assert_eq!(span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(
        span_id.to_bytes(),
        [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]
    );
}

#[test]
fn says_what_is_wrong_with_an_id() {
    let check = |text: &str, expected: &str| {
        let error = text.parse::<SpanId>().unwrap_err();
        assert_eq!(error.to_string(), expected, "{text:?}");
    };
    check("", "an id of 16 hexadecimal digits has 0 characters here");
    check(
        "00f067aa0ba902b",
        "an id of 16 hexadecimal digits has 15 characters here",
    );
    check(
        "00f067aa0ba902b70",
        "an id of 16 hexadecimal digits has 17 characters here",
    );
    check(
        "00f067aa0ba902b.",
        "'.' at position 15 is not a hexadecimal digit",
    );
    check(
        "+0f067aa0ba902b7",
        "'+' at position 0 is not a hexadecimal digit",
    );
    check("0000000000000000", "an id of zeros means \"no id\"");
}

#[test]
fn an_id_of_zeros_cannot_be_built() {
    assert_eq!(TraceId::from_bytes([0; 16]), None);
    assert_eq!(SpanId::from_bytes([0; 8]), None);
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(bytes in any::<[u8; 16]>()) {
        prop_assume!(bytes != [0; 16]);
        let id = TraceId::from_bytes(bytes).unwrap();
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(id.to_bytes(), bytes);
    }

    #[test]
    fn ids_are_ordered_as_their_digits(a in 1_u64.., b in 1_u64..) {
        let (a, b) = (SpanId::from_bytes(a.to_be_bytes()), SpanId::from_bytes(b.to_be_bytes()));
        let (a, b) = (a.unwrap(), b.unwrap());
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        prop_assert_eq!(text.parse::<TraceId>().is_ok(), is_id && text.bytes().any(|byte| byte != b'0'));
    }

    #[test]
    fn what_is_no_digit_is_found_where_it_stands(start in "[0-9a-fA-F]{0,15}", wrong in "[ -/:-@G-Z_g-~]") {
        let text = format!("{start}{wrong}{}", "-".repeat(15 - start.len()));
        let expected = ParseIdError::Digit { offset: start.len(), byte: wrong.as_bytes()[0] };
        prop_assert_eq!(text.parse::<SpanId>(), Err(expected));
    }
}
