use super::*;

fn check(data_home: Option<&str>, home: Option<&str>, expected: Option<&str>) {
    let found = default(|name| match name {
        "XDG_DATA_HOME" => data_home.map(OsString::from),
        "HOME" => home.map(OsString::from),
        _ => None,
    });
    assert_eq!(found, expected.map(PathBuf::from));
}

#[test]
fn follows_the_specification() {
    check(Some("/data"), Some("/home/anna"), Some("/data/clew"));
    check(
        None,
        Some("/home/anna"),
        Some("/home/anna/.local/share/clew"),
    );
    check(
        Some("data"),
        Some("/home/anna"),
        Some("/home/anna/.local/share/clew"),
    );
    check(
        Some(""),
        Some("/home/anna"),
        Some("/home/anna/.local/share/clew"),
    );
    check(Some("/data"), None, Some("/data/clew"));
    check(None, Some(""), None);
    check(None, None, None);
}
