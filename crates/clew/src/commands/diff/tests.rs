use serde_json::{Value, json};

use super::answer::Answer;
use super::report::report;
use super::summary::compared;

fn took(ms: u64) -> Value {
    json!({"durationNano": (ms * 1_000_000).to_string()})
}

/// A row of `web`, unless it is made another's; 0 ms is a span that is not there.
fn row(depth: usize, change: &str, name: &str, before_ms: u64, after_ms: u64) -> Value {
    let end = |ms| if ms > 0 { took(ms) } else { Value::Null };
    json!({
        "depth": depth, "change": change, "error": null, "service": "web", "name": name,
        "before": end(before_ms), "after": end(after_ms),
    })
}

fn answer_of(rows: &[Value], explanations: &Value) -> Value {
    let trace = |id: &str, ms: u64| {
        let mut trace = took(ms);
        trace["traceId"] = json!(id);
        trace["spans"] = json!(rows.len());
        trace
    };
    let count = |change: &str| rows.iter().filter(|row| row["change"] == change).count();
    json!({
        "before": trace("7", 6_500),
        "after": trace("8", 11),
        "totals": {
            "new": count("new"), "gone": count("gone"), "slower": count("slower"),
            "faster": count("faster"), "same": count("same"),
            "errorsAppeared": 0, "errorsWentAway": 0,
        },
        "explanations": explanations,
        "rows": rows,
        "partial": null,
    })
}

fn text_of(answer: &Value) -> String {
    let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
    let lines = report(&answer.diff, 72);
    assert!(lines.iter().all(|line| line.width() <= 72));
    lines.iter().map(|line| line.text() + "\n").collect()
}

/// The lines of the tree alone.
fn tree_of(rows: &[Value]) -> String {
    let text = text_of(&answer_of(rows, &json!([])));
    let (_, tree) = text.split_once("\n\n").unwrap();
    tree.to_owned()
}

/// Each line begins with what is expected of it.
#[track_caller]
fn assert_labels(tree: &str, expected: &[&str]) {
    assert_eq!(tree.lines().count(), expected.len(), "{tree}");
    for (line, expected) in tree.lines().zip(expected) {
        assert!(line.starts_with(expected), "{expected}:\n{tree}");
    }
}

#[test]
fn two_traces_stand_in_one_tree() {
    let mut fails = row(1, "slower", "render", 2, 8);
    fails["error"] = json!("appeared");
    let mut recovers = row(1, "same", "log", 1, 1);
    recovers["error"] = json!("wentAway");
    let rows = [
        row(0, "faster", "GET /", 6_500, 11),
        row(1, "gone", "SELECT one", 65, 0),
        row(1, "new", "SELECT all", 0, 3),
        fails,
        recovers,
    ];
    let explanations = json!([
        {"row": 1, "rows": 100, "selfTimeDifferenceNano": "-6490000000"},
        {"row": 3, "rows": 1, "selfTimeDifferenceNano": "6000000"},
        {"row": 99, "rows": 1, "selfTimeDifferenceNano": "5000000"},
    ]);
    let expected = "\
Trace 7  →  8
6.5 s → 11 ms, 591 times faster
5 → 5 spans: 1 new, 1 gone, 1 slower, 1 faster, 1 alike

What makes the difference, by the time that spans worked themselves:
  − web SELECT one  100 spans  −6.49 s
  ↑ web render      1 span     +6 ms

↓ web GET /                                       6.5 s → 11 ms  −6.49 s
−   web SELECT one                                65 ms →         −65 ms
+   web SELECT all                                      →  3 ms    +3 ms
↑   web render ✗ new error                         2 ms →  8 ms    +6 ms
    web log ✓ error gone                           1 ms →  1 ms
";
    let text: String = text_of(&answer_of(&rows, &explanations))
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    assert_eq!(text, expected);
}

#[test]
fn what_is_alike_is_folded() {
    let mut rows = vec![row(0, "faster", "GET /", 50, 10)];
    for _ in 0..2 {
        rows.push(row(1, "same", "load", 5, 5));
        rows.push(row(2, "same", "read", 5, 5));
    }
    rows.push(row(1, "same", "render", 5, 5));
    rows.push(row(2, "new", "theme", 0, 5));
    rows.push(row(1, "same", "end", 5, 5));
    let tree = tree_of(&rows);
    let expected = [
        "↓ web GET /",
        "    … 4 spans alike",
        "    web render",
        "+     web theme",
        "    web end",
    ];
    assert_labels(&tree, &expected);
    assert_eq!(
        tree_of(&vec![row(0, "same", "GET /", 5, 5); 4])
            .lines()
            .count(),
        1
    );
    assert_eq!(
        tree_of(&vec![row(0, "same", "GET /", 5, 5); 3])
            .lines()
            .count(),
        3
    );
}

#[test]
fn what_comes_again_and_again_is_folded_to_the_first() {
    let mut rows = vec![row(0, "faster", "GET /", 50, 10)];
    for _ in 0..4 {
        rows.push(row(1, "gone", "load", 5, 0));
        rows.extend(vec![row(2, "gone", "SELECT", 1, 0); 5]);
    }
    rows.push(row(1, "gone", "other", 5, 0));
    rows.extend(vec![row(1, "slower", "step", 5, 9); 6]);
    let tree = tree_of(&rows);
    let expected = [
        "↓ web GET /",
        "−   web load",
        "−     web SELECT",
        "−     … 4 more like it",
        "−   … 3 more like it, 18 spans",
        "−   web other",
        "↑   web step",
        "↑   … 5 more like it",
    ];
    assert_labels(&tree, &expected);
    assert!(tree.contains("−15 ms"), "{tree}");
}

#[test]
fn no_depth_is_too_deep() {
    let rows = [
        row(usize::MAX, "new", &"long ".repeat(100), 0, 5),
        row(3, "gone", "x", 5, 0),
        row(usize::MAX, "slower", "y", 5, 9),
    ];
    assert_eq!(tree_of(&rows).lines().count(), 3);
    assert_eq!(tree_of(&[]), "");
}

#[test]
fn how_much_faster_is_told_as_on_the_page() {
    for (before, after, expected) in [
        (6_500, 11, "591 times faster"),
        (11, 6_500, "591 times slower"),
        (100, 150, "50 % slower"),
        (199, 100, "99 % faster"),
        (300, 100, "3.0 times faster"),
        (100, 225, "2.3 times slower"),
        (100, 275, "2.8 times slower"),
        (100, 835, "8.3 times slower"),
        (9_960, 1_000, "10.0 times faster"),
        (1_249, 100, "12 times faster"),
        (99_960, 100, "1000 times faster"),
        (1_000, 1_001, "about as long as before"),
        (5, 5, "as long as before"),
        (5, 0, "faster"),
        (0, 5, "slower"),
        (u64::MAX, 1, "18446744073709551616 times faster"),
    ] {
        assert_eq!(compared(before, after), expected, "{before} {after}");
    }
}

#[test]
fn nothing_steers_the_terminal() {
    let mut hostile = row(0, "new", "a\u{1b}[2J\u{202e}b\nc", 0, 5);
    hostile["service"] = json!("\u{9b}31m");
    let explanations = json!([{"row": 0, "rows": 1, "selfTimeDifferenceNano": "5000000"}]);
    let mut answer = answer_of(&[hostile], &explanations);
    answer["before"]["traceId"] = json!("\u{1b}c");
    answer["partial"] = json!("\u{1b}]0;x\u{7}");
    let escapes = ['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}'];
    assert!(!text_of(&answer).contains(escapes));
    let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
    assert!(!answer.json.contains(escapes) && !answer.json.contains('\n'));
}
