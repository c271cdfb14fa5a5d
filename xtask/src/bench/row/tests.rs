use super::{Row, Target, Unit, grouped, rounded, table};

#[test]
fn numbers_are_told_in_three_digits_or_whole() {
    for (figure, expected) in [
        (0.0, "0"),
        (0.333, "0.33"),
        (8.0, "8"),
        (31.26, "31.3"),
        (512_345.6, "512,346"),
    ] {
        assert_eq!(rounded(figure), expected);
    }
    assert_eq!(grouped(999), "999");
    assert_eq!(grouped(10_000_000), "10,000,000");
}

#[test]
fn the_table_says_which_targets_are_missed() {
    let row = |name: &str, target, figure, unit| Row::new(name.to_owned(), target, figure, unit);
    let rows = [
        row(
            "spans a second",
            Some(Target::AtLeast(250_000.0)),
            260_000.4,
            Unit::Count,
        ),
        row(
            "peak memory",
            Some(Target::AtMost(150e6)),
            463e6,
            Unit::Memory,
        ),
        row("longest", None, 97.25, Unit::Millis),
    ];
    let expected = "\
|                |    target | measured |            |
|----------------|----------:|---------:|------------|
| spans a second | ≥ 250,000 |  260,000 | met        |
| peak memory    |  ≤ 150 MB |   463 MB | **missed** |
| longest        |           |  97.2 ms |            |";
    assert_eq!(table(&rows), expected);
}

#[test]
fn json_holds_targets_and_figures() {
    let row = Row::new(
        "p50".to_owned(),
        Some(Target::AtMost(8.0)),
        8.0,
        Unit::Millis,
    );
    let json = serde_json::to_value(row).unwrap();
    assert_eq!(json["target"], "<= 8");
    assert_eq!(json["figure"], 8.0);
    assert_eq!(json["met"], true);
}
