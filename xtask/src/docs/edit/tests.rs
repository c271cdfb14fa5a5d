use super::apply;

fn edit(text: &str, diff: &str) -> Result<String, String> {
    let diff: Vec<_> = diff.lines().map(str::to_owned).collect();
    apply(text, &diff)
}

#[test]
fn lines_come_and_go() {
    let edited = edit("a\nb\n\nc\n", " a\n-b\n+B\n\n+x\n c\n");
    assert_eq!(edited.unwrap(), "a\nB\n\nx\nc\n");
}

#[test]
fn places_are_found_from_the_top() {
    let edited = edit("x\na\nx\nb\n", " x\n+1\n a\n@@\n x\n+2\n");
    assert_eq!(edited.unwrap(), "x\n1\na\nx\n2\nb\n");
}

#[test]
fn a_place_that_is_missing_or_not_the_only_one_is_an_error() {
    assert!(
        edit("a\n", " b\n+c\n")
            .unwrap_err()
            .contains("no such lines")
    );
    assert!(
        edit("a\na\n", " a\n+c\n")
            .unwrap_err()
            .contains("more than once")
    );
    assert!(
        edit("a\n", "+c\n")
            .unwrap_err()
            .contains("a line that stays")
    );
    assert!(edit("a\n", "*c\n").unwrap_err().contains("starts with"));
}
