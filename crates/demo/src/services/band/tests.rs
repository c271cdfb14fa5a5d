use super::*;

const JSON: &str = r#"{
    "uuid": "553be815-76f3-49db-b9d7-caca4b23cc3e",
    "name": "Fugazi",
    "reviews": [
        {
            "uuid": "one",
            "body": "This is the review 1 of 3 for this band.",
            "created": "2023-03-30T10:33:58.886900"
        },
        {
            "uuid": "one",
            "body": "This is the review 2 of 3 for this band.",
            "created": "2023-03-30T10:33:58.886900"
        },
        {
            "uuid": "two",
            "body": "This is the review 3 of 3 for this band.",
            "created": "2023-03-30T10:33:58.886900"
        }
    ],
    "created": "2023-03-30T10:34:05.000000"
}"#;

#[test]
fn an_excerpt_has_the_first_review_alone() {
    let lines: Vec<String> = excerpt(JSON).iter().map(Line::text).collect();
    let expected = [
        "{",
        r#"    "uuid": "553be815-76f3-49db-b9d7-caca4b23cc3e","#,
        r#"    "name": "Fugazi","#,
        r#"    "reviews": ["#,
        "        {",
        r#"            "uuid": "one","#,
        r#"            "body": "This is the review 1 of 3 for this band.","#,
        r#"            "created": "2023-03-30T10:33:58.886900""#,
        "        }",
        "        … and 2 more",
        "    ],",
        r#"    "created": "2023-03-30T10:34:05.000000""#,
        "}",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_has_no_second_review_is_shown_whole() {
    for json in [
        "{\n    \"reviews\": []\n}",
        "{\n    \"reviews\": [\n        {\n        }\n    ]\n}",
    ] {
        let lines: Vec<String> = excerpt(json).iter().map(Line::text).collect();
        assert_eq!(lines.join("\n"), json);
    }
}

#[test]
fn copies_are_counted_once() {
    let band: Band = serde_json::from_str(JSON).unwrap();
    assert_eq!(band.reviews.len(), 3);
    assert_eq!(band.review_uuids().len(), 2);
    let time: Timestamp = "2023-03-30T10:33:58.886900Z".parse().unwrap();
    assert_eq!(band.review_times(), BTreeSet::from([time]));
}
