use proptest::prelude::*;

use super::*;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn check_valid(text: &str, version: u8, flags: TraceFlags) {
    let parsed = TraceParent::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(parsed.version().number(), version, "{text}");
    assert_eq!(parsed.trace_id().to_string(), TRACE, "{text}");
    assert_eq!(parsed.parent_id().to_string(), PARENT, "{text}");
    assert_eq!(parsed.flags(), flags, "{text}");
}

fn check_invalid(text: &str, offset: usize, message: &str) {
    let error = TraceParent::parse(text).expect_err(text);
    assert_eq!(
        (error.offset, error.violation.to_string().as_str()),
        (offset, message),
        "{text}"
    );
}

#[test]
fn reads_the_four_fields_of_version_00() {
    let both = TraceFlags::SAMPLED | TraceFlags::RANDOM;
    check_valid(&format!("00-{TRACE}-{PARENT}-00"), 0, TraceFlags::default());
    check_valid(&format!("00-{TRACE}-{PARENT}-01"), 0, TraceFlags::SAMPLED);
    check_valid(&format!("00-{TRACE}-{PARENT}-02"), 0, TraceFlags::RANDOM);
    check_valid(&format!("00-{TRACE}-{PARENT}-03"), 0, both);
}

#[test]
fn ignores_flags_that_are_none_yet() {
    check_valid(
        &format!("00-{TRACE}-{PARENT}-ff"),
        0,
        TraceFlags::SAMPLED | TraceFlags::RANDOM,
    );
    check_valid(&format!("00-{TRACE}-{PARENT}-09"), 0, TraceFlags::SAMPLED);
    check_valid(&format!("00-{TRACE}-{PARENT}-fc"), 0, TraceFlags::default());
}

#[test]
fn reads_the_known_fields_of_a_later_version() {
    check_valid(&format!("01-{TRACE}-{PARENT}-01"), 1, TraceFlags::SAMPLED);
    check_valid(
        &format!("cc-{TRACE}-{PARENT}-01"),
        0xcc,
        TraceFlags::SAMPLED,
    );
    check_valid(
        &format!("cc-{TRACE}-{PARENT}-01-"),
        0xcc,
        TraceFlags::SAMPLED,
    );
    check_valid(
        &format!("fe-{TRACE}-{PARENT}-01-what.may come"),
        0xfe,
        TraceFlags::SAMPLED,
    );
}

#[test]
fn writes_version_00_whatever_it_read() {
    let later = TraceParent::parse(format!("cc-{TRACE}-{PARENT}-0f-more")).unwrap();
    let written = format!("00-{TRACE}-{PARENT}-03");
    assert_eq!(later.to_string(), written);
    assert_eq!(later.to_header_value(), written);
    assert_eq!(later.to_server_timing(), format!("trace;desc={written}"));
}

#[test]
fn refuses_a_wrong_version() {
    let no_digit = |found: char| {
        format!("'{found}' where one of the 2 lower-case hexadecimal digits of version belongs")
    };
    check_invalid(
        &format!("ff-{TRACE}-{PARENT}-01"),
        0,
        "version ff is forbidden",
    );
    check_invalid(&format!("FF-{TRACE}-{PARENT}-01"), 0, &no_digit('F'));
    check_invalid(&format!("cC-{TRACE}-{PARENT}-01"), 1, &no_digit('C'));
    check_invalid(&format!(".0-{TRACE}-{PARENT}-01"), 0, &no_digit('.'));
    check_invalid(&format!("0.-{TRACE}-{PARENT}-01"), 1, &no_digit('.'));
    check_invalid(&format!("+0-{TRACE}-{PARENT}-01"), 0, &no_digit('+'));
    check_invalid(&format!(" 00-{TRACE}-{PARENT}-01"), 0, &no_digit(' '));
    check_invalid(&format!("0-{TRACE}-{PARENT}-01"), 1, &no_digit('-'));
    check_invalid(
        &format!("000-{TRACE}-{PARENT}-01"),
        2,
        "'0' where the dash after version belongs",
    );
}

#[test]
fn refuses_a_wrong_trace_id() {
    let no_digit = |found: char| {
        format!("'{found}' where one of the 32 lower-case hexadecimal digits of trace-id belongs")
    };
    let zeros = "0".repeat(32);
    check_invalid(
        &format!("00-{zeros}-{PARENT}-01"),
        3,
        "a trace-id of zeros is invalid",
    );
    check_invalid(
        &format!("00-.{}-{PARENT}-01", &TRACE[1..]),
        3,
        &no_digit('.'),
    );
    check_invalid(
        &format!("00-{}.-{PARENT}-01", &TRACE[1..]),
        34,
        &no_digit('.'),
    );
    check_invalid(
        &format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        4,
        &no_digit('A'),
    );
    check_invalid(
        &format!("00-{}-{PARENT}-01", &TRACE[1..]),
        34,
        &no_digit('-'),
    );
    check_invalid(
        &format!("00-{TRACE}0-{PARENT}-01"),
        35,
        "'0' where the dash after trace-id belongs",
    );
}

#[test]
fn refuses_a_wrong_parent_id() {
    let no_digit = |found: char| {
        format!("'{found}' where one of the 16 lower-case hexadecimal digits of parent-id belongs")
    };
    let zeros = "0".repeat(16);
    check_invalid(
        &format!("00-{TRACE}-{zeros}-01"),
        36,
        "a parent-id of zeros is invalid",
    );
    check_invalid(
        &format!("00-{TRACE}-.{}-01", &PARENT[1..]),
        36,
        &no_digit('.'),
    );
    check_invalid(
        &format!("00-{TRACE}-{}.-01", &PARENT[1..]),
        51,
        &no_digit('.'),
    );
    check_invalid(
        &format!("00-{TRACE}-{}-01", &PARENT[1..]),
        51,
        &no_digit('-'),
    );
    check_invalid(
        &format!("00-{TRACE}-{PARENT}0-01"),
        52,
        "'0' where the dash after parent-id belongs",
    );
}

#[test]
fn refuses_wrong_flags() {
    let no_digit = |found: &str| {
        format!("{found} where one of the 2 lower-case hexadecimal digits of trace-flags belongs")
    };
    let too_long = "version 00 ends after 55 characters, but more follow";
    check_invalid(&format!("00-{TRACE}-{PARENT}-.0"), 53, &no_digit("'.'"));
    check_invalid(&format!("00-{TRACE}-{PARENT}-0."), 54, &no_digit("'.'"));
    check_invalid(&format!("00-{TRACE}-{PARENT}-1"), 54, &no_digit("it ends"));
    check_invalid(&format!("00-{TRACE}-{PARENT}-"), 53, &no_digit("it ends"));
    check_invalid(&format!("00-{TRACE}-{PARENT}-001"), 55, too_long);
    check_invalid(&format!("00-{TRACE}-{PARENT}-01-"), 55, too_long);
    check_invalid(&format!("00-{TRACE}-{PARENT}-01-future"), 55, too_long);
    check_invalid(
        &format!("00-{TRACE}-{PARENT}-01,00-{TRACE}-{PARENT}-01"),
        55,
        too_long,
    );
    check_invalid(
        &format!("cc-{TRACE}-{PARENT}-01.future"),
        55,
        "'.' where the dash after trace-flags belongs",
    );
}

#[test]
fn refuses_what_ends_too_early() {
    check_invalid(
        "",
        0,
        "it ends where one of the 2 lower-case hexadecimal digits of version belongs",
    );
    check_invalid("00", 2, "it ends where the dash after version belongs");
    check_invalid(
        "00-1-1-1",
        4,
        "'-' where one of the 32 lower-case hexadecimal digits of trace-id belongs",
    );
    check_invalid(
        &format!("00-{TRACE}-{PARENT}"),
        52,
        "it ends where the dash after parent-id belongs",
    );
    check_invalid(
        &format!("cc-{TRACE}-{PARENT}"),
        52,
        "it ends where the dash after parent-id belongs",
    );
}

#[test]
fn the_fields_fill_the_header_with_one_dash_between_them() {
    let mut next = 0;
    for field in TraceParentField::ALL {
        assert_eq!(field.range().start, next, "{field}");
        next = field.range().end + 1;
    }
    assert_eq!(next - 1, TraceParent::LEN);
}

/// Anything that a caller could build.
fn traceparents() -> impl Strategy<Value = TraceParent> {
    (1_u128.., 1_u64.., 0_u8..4).prop_map(|(trace, parent, flags)| {
        TraceParent::new(
            TraceId::from_bytes(trace.to_be_bytes()).unwrap(),
            SpanId::from_bytes(parent.to_be_bytes()).unwrap(),
            TraceFlags::from_bits(flags),
        )
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(header in traceparents()) {
        prop_assert_eq!(TraceParent::parse(header.to_string()), Ok(header));
        prop_assert_eq!(TraceParent::parse(header.to_header_value()), Ok(header));
    }

    #[test]
    fn any_bytes_are_read_or_refused_inside_the_input(
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        if let Err(error) = TraceParent::parse(&bytes) {
            prop_assert!(error.offset <= bytes.len());
        }
    }

    /// The error points at the byte itself, never to its left or right.
    #[test]
    fn one_wrong_byte_is_found_where_it_stands(
        header in traceparents(),
        offset in 0..TraceParent::LEN,
        wrong in any::<u8>().prop_filter("a digit or a dash", |byte| {
            !matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')
        }),
    ) {
        let mut bytes = header.to_string().into_bytes();
        bytes[offset] = wrong;
        prop_assert_eq!(TraceParent::parse(bytes).map_err(|error| error.offset), Err(offset));
    }

    /// No prefix is a header, and no panic comes of one.
    #[test]
    fn what_is_cut_off_is_refused_at_its_end(header in traceparents(), len in 0..TraceParent::LEN) {
        let text = header.to_string();
        let error = TraceParent::parse(&text[..len]).unwrap_err();
        prop_assert!(error.offset == len, "{}", error);
    }
}
