use super::Tracing::{With, Without};
use super::{edit, first_difference};

const TEXT: &str = "\
a
    // region: tracing
    //- let b = f().await;
    let b = f();
    let b = in_span(b).await;
    // endregion: tracing
// region: bug
c
// endregion: bug
# region: propagation
d
# endregion: propagation
";

#[test]
fn without_tracing_the_regions_hold_what_stood_there_before() {
    let untraced = "\
a
    // region: tracing
    let b = f().await;
    // endregion: tracing
// region: bug
c
// endregion: bug
# region: propagation
# endregion: propagation
";
    assert_eq!(edit(TEXT, Without).unwrap(), untraced);
}

#[test]
fn with_tracing_what_stood_there_before_is_gone() {
    let traced = TEXT.replace("    //- let b = f().await;\n", "");
    assert_eq!(edit(TEXT, With).unwrap(), traced);
}

#[test]
fn a_region_within_another_goes_with_it() {
    let text = "// region: tracing\n// region: propagation\na\n// endregion: propagation\nb\n\
                // endregion: tracing\n";
    assert_eq!(
        edit(text, Without).unwrap(),
        "// region: tracing\n// endregion: tracing\n"
    );
}

#[test]
fn a_region_without_an_end_is_an_error() {
    assert!(edit("// region: tracing\na\n", Without).is_err());
}

#[test]
fn a_difference_is_found_by_its_line() {
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(first_difference("a\nb\n", "a\nx\n"), Some((2, "b")));
    assert_eq!(first_difference("a\nb\n", "a\n"), Some((2, "b")));
    assert_eq!(first_difference("a\n", "a\nb\n"), Some((2, "(the end)")));
}
