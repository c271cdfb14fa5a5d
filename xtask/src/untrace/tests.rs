use super::without_tracing;

#[test]
fn regions_of_tracing_are_emptied_and_others_stay() {
    let text = "a\n    // region: tracing\n    b\n    // endregion: tracing\n\
                // region: bug\nc\n// endregion: bug\n# region: propagation\nd\n\
                # endregion: propagation\n";
    assert_eq!(
        without_tracing(text).unwrap(),
        "a\n    // region: tracing\n    // endregion: tracing\n\
         // region: bug\nc\n// endregion: bug\n# region: propagation\n\
         # endregion: propagation\n"
    );
}

#[test]
fn a_region_within_another_goes_with_it() {
    let text = "// region: tracing\n// region: propagation\na\n// endregion: propagation\nb\n\
                // endregion: tracing\n";
    assert_eq!(
        without_tracing(text).unwrap(),
        "// region: tracing\n// endregion: tracing\n"
    );
}

#[test]
fn a_region_without_an_end_is_an_error() {
    assert!(without_tracing("// region: tracing\na\n").is_err());
}
