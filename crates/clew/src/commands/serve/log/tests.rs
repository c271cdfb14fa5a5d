use super::*;

fn read(value: &str) -> Option<String> {
    parse(value).ok().map(|filter| filter.to_string())
}

#[test]
fn levels_and_pairs_are_understood() {
    let check = |value, expected: &str| assert_eq!(read(value).as_deref(), Some(expected));
    check("", "warn");
    check(" info ", "info");
    check("WARN", "warn");
    check("off", "off");
    check("clew_server=debug,warn", "clew_server=debug,warn");
}

#[test]
fn anything_else_is_an_error() {
    for wrong in ["loud", "warn,loud", "clew_server=loud", "info,,warn", "="] {
        assert_eq!(read(wrong), None, "{wrong:?}");
    }
}
