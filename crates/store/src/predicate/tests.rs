//! The truth table. A store that evaluates predicates in its own way is held to it by the contract,
//! which compares it with this one.

use std::sync::Arc;
use std::time::Duration;

use clew_model::{Event, KeyValue, Resource, Span, SpanKind, StatusCode, Value};
use clew_testkit::{batch_of, service, span};

use super::*;
use crate::field::{AttributeScope, Intrinsic};

fn attribute(key: &str) -> Field {
    Field::attribute(AttributeScope::Span, key)
}

fn compare(key: &str, comparison: Comparison, scalar: impl Into<Scalar>) -> Predicate {
    Predicate::Compare(attribute(key), comparison, scalar.into())
}

fn with(attributes: Vec<KeyValue>) -> Span {
    Span {
        attributes,
        ..span(&service("cart"), 1, 1)
    }
}

fn holds(predicate: &Predicate, span: &Span) -> bool {
    let batch = batch_of(std::slice::from_ref(span));
    predicate.holds(batch.span(0).unwrap())
}

#[track_caller]
fn check(span: &Span, table: &[(Predicate, bool)]) {
    for (predicate, expected) in table {
        assert_eq!(holds(predicate, span), *expected, "{predicate:?}");
    }
}

#[test]
fn nothing_holds_of_an_absent_attribute_but_not() {
    use Comparison::{Equal, GreaterOrEqual, Less, NotEqual};
    let without = with(vec![]);
    let not = |predicate| Predicate::Not(Box::new(predicate));
    check(
        &without,
        &[
            (compare("user", Equal, "anna"), false),
            (compare("user", NotEqual, "anna"), false),
            (compare("user", Less, "anna"), false),
            (compare("user", GreaterOrEqual, "anna"), false),
            (not(compare("user", Equal, "anna")), true),
            (not(compare("user", NotEqual, "anna")), true),
            (Predicate::Exists(attribute("user")), false),
            (
                Predicate::TextEquals(attribute("user"), String::new()),
                false,
            ),
        ],
    );
}

#[test]
fn a_key_that_occurs_twice_has_both_values() {
    use Comparison::{Equal, NotEqual};
    let twice = with(vec![
        KeyValue::new("user", "anna"),
        KeyValue::new("user", 7),
    ]);
    check(
        &twice,
        &[
            (compare("user", Equal, "anna"), true),
            (compare("user", NotEqual, "anna"), false),
            (compare("user", NotEqual, "bert"), true),
            (compare("user", Equal, Scalar::Int(7)), true),
            (compare("user", NotEqual, Scalar::Int(8)), true),
        ],
    );
}

#[test]
fn numbers_compare_by_their_exact_values() {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    const EXACT_MAX: i64 = 1 << 53;
    for (value, comparison, asked, expected) in [
        (Value::Int(2), Equal, Scalar::Double(2.0), true),
        (Value::Double(2.0), Equal, Scalar::Int(2), true),
        (Value::Int(2), Less, Scalar::Double(2.5), true),
        (Value::Double(2.5), Greater, Scalar::Int(2), true),
        (Value::Int(-2), Greater, Scalar::Double(-2.5), true),
        (
            Value::Int(EXACT_MAX + 1),
            Equal,
            Scalar::Double(9_007_199_254_740_992.0),
            false,
        ),
        (
            Value::Int(EXACT_MAX + 1),
            Greater,
            Scalar::Double(9_007_199_254_740_992.0),
            true,
        ),
        (
            Value::Int(i64::MAX),
            Less,
            Scalar::Double(9_223_372_036_854_775_808.0),
            true,
        ),
        (
            Value::Int(i64::MIN),
            Equal,
            Scalar::Double(-9_223_372_036_854_775_808.0),
            true,
        ),
        (
            Value::Int(i64::MIN),
            Greater,
            Scalar::Double(f64::NEG_INFINITY),
            true,
        ),
        (Value::Double(-0.0), Equal, Scalar::Int(0), true),
        (
            Value::Double(f64::NAN),
            Equal,
            Scalar::Double(f64::NAN),
            false,
        ),
        (Value::Double(f64::NAN), NotEqual, Scalar::Double(1.0), true),
        (Value::Double(f64::NAN), LessOrEqual, Scalar::Int(1), false),
        (
            Value::Int(1),
            GreaterOrEqual,
            Scalar::Double(f64::NAN),
            false,
        ),
    ] {
        let span = with(vec![KeyValue {
            key: "n".to_owned(),
            value,
        }]);
        check(&span, &[(compare("n", comparison, asked), expected)]);
    }
}

#[test]
fn values_of_different_types_do_not_compare() {
    let values = [
        Value::Empty,
        "1".into(),
        true.into(),
        Value::Bytes(vec![1]),
        Value::Array(vec![1.into()]),
        Value::Map(vec![]),
    ];
    for value in values {
        let span = with(vec![KeyValue {
            key: "k".to_owned(),
            value,
        }]);
        for comparison in [Comparison::Equal, Comparison::NotEqual, Comparison::Less] {
            check(&span, &[(compare("k", comparison, Scalar::Int(1)), false)]);
        }
        check(&span, &[(Predicate::Exists(attribute("k")), true)]);
    }
}

#[test]
fn truth_values_are_equal_or_not_and_text_is_ordered_by_its_bytes() {
    use Comparison::{Equal, Greater, Less, NotEqual};
    let span = with(vec![KeyValue::new("b", true), KeyValue::new("s", "bert")]);
    check(
        &span,
        &[
            (compare("b", Equal, Scalar::Bool(true)), true),
            (compare("b", NotEqual, Scalar::Bool(false)), true),
            (compare("b", Greater, Scalar::Bool(false)), false),
            (compare("s", Greater, "anna"), true),
            (compare("s", Less, "bertha"), true),
            (compare("s", Less, "Bert"), false),
        ],
    );
}

#[test]
fn two_conditions_on_events_may_hold_of_two_events() {
    let event = |name: &str, attributes| Event {
        time: clew_model::Timestamp::MIN,
        name: name.to_owned(),
        attributes,
        dropped_attributes_count: 0,
    };
    let span = Span {
        events: vec![
            event("retry", vec![KeyValue::new("n", 1)]),
            event("exception", vec![KeyValue::new("n", 2)]),
        ],
        ..span(&service("cart"), 1, 1)
    };
    let n = |number| {
        Predicate::equal(
            Field::attribute(AttributeScope::Event, "n"),
            Scalar::Int(number),
        )
    };
    let named = |name: &str| Predicate::equal(Intrinsic::EventName, name);
    check(
        &span,
        &[
            (Predicate::All(vec![named("retry"), n(2)]), true),
            (Predicate::All(vec![n(1), n(2)]), true),
            (Predicate::All(vec![named("retry"), n(3)]), false),
            (compare("n", Comparison::Equal, Scalar::Int(1)), false),
        ],
    );
}

#[test]
fn patterns_fit_the_whole_text_or_within_it() {
    let span = with(vec![
        KeyValue::new("path", "/bands/42\n"),
        KeyValue::new("n", 42),
    ]);
    let matches = |key: &str, pattern: &str, anchoring| {
        Predicate::Matches(attribute(key), Pattern::new(pattern, anchoring).unwrap())
    };
    check(
        &span,
        &[
            (matches("path", r"/bands/\d+", Anchoring::Within), true),
            (matches("path", r"/bands/\d+", Anchoring::Whole), false),
            (matches("path", r"/bands/\d+\s", Anchoring::Whole), true),
            (matches("path", "x|/bands", Anchoring::Whole), false),
            (matches("path", "/|/bands/42\n", Anchoring::Whole), true),
            (matches("n", "42", Anchoring::Within), false),
        ],
    );
    assert!(Pattern::new("(", Anchoring::Whole).is_err());
    assert!(Pattern::new(r"\w{1000}{1000}", Anchoring::Within).is_err());
}

#[test]
fn words_and_parts_of_text() {
    let span = with(vec![KeyValue::new("m", "cannot reach über-db, retry")]);
    let word = |word: &str| Predicate::HasWord(attribute("m"), word.to_owned());
    let part = |part: &str| Predicate::Contains(attribute("m"), part.to_owned());
    check(
        &span,
        &[
            (word("reach"), true),
            (word("each"), false),
            (word("ber"), false),
            (word("db"), true),
            (word("retry"), true),
            (part("each"), true),
            (part("Reach"), false),
        ],
    );
}

#[test]
fn text_forms_are_those_of_jaegers_tags() {
    let span = with(vec![KeyValue::new("n", 42), KeyValue::new("b", true)]);
    let equals = |field, text: &str| Predicate::TextEquals(field, text.to_owned());
    check(
        &span,
        &[
            (equals(attribute("n"), "42"), true),
            (equals(attribute("n"), "42.0"), false),
            (equals(attribute("b"), "true"), true),
            (equals(Intrinsic::Kind.into(), "server"), true),
            (equals(Field::service(), "cart"), true),
            (
                equals(
                    Field::attribute(AttributeScope::Any, "service.name"),
                    "cart",
                ),
                true,
            ),
        ],
    );
}

#[test]
fn intrinsics_have_values_of_their_own_types() {
    use Comparison::{Equal, Greater, Less};
    let root = span(&service("cart"), 1, 1);
    let compare =
        |field: Intrinsic, comparison, scalar| Predicate::Compare(field.into(), comparison, scalar);
    let second = Duration::from_secs(1);
    check(
        &root,
        &[
            (
                compare(Intrinsic::Kind, Equal, Scalar::Kind(root.kind)),
                true,
            ),
            (
                compare(Intrinsic::Kind, Equal, Scalar::Kind(SpanKind::Consumer)),
                false,
            ),
            (
                compare(Intrinsic::Kind, Less, Scalar::Kind(SpanKind::Consumer)),
                false,
            ),
            (compare(Intrinsic::Kind, Equal, "internal".into()), false),
            (
                compare(Intrinsic::Status, Equal, Scalar::Status(StatusCode::Error)),
                false,
            ),
            (
                compare(Intrinsic::Duration, Less, Scalar::Duration(100 * second)),
                true,
            ),
            (
                compare(Intrinsic::Start, Equal, Scalar::Time(root.start)),
                true,
            ),
            (
                compare(Intrinsic::Start, Greater, Scalar::Time(root.start)),
                false,
            ),
            (
                compare(Intrinsic::TraceId, Equal, Scalar::TraceId(root.trace_id)),
                true,
            ),
            (Predicate::Exists(Intrinsic::ParentSpanId.into()), false),
            (Predicate::Exists(Intrinsic::EventName.into()), false),
        ],
    );
}

#[test]
fn empty_lists_hold_as_logic_has_it() {
    let span = Span {
        resource: Arc::new(Resource::default()),
        ..with(vec![])
    };
    check(
        &span,
        &[
            (Predicate::TRUE, true),
            (Predicate::Any(vec![]), false),
            (Predicate::Exists(Field::service()), false),
        ],
    );
}

#[test]
fn a_text_is_found_as_it_stands_whatever_its_case() {
    let pattern = Pattern::of_text("Straße (a.b)").unwrap();
    for text in ["straße (a.b)", "in der STRAßE (A.B)!"] {
        assert!(pattern.fits(text), "{text}");
    }
    for text in ["straße (axb)", "strasse (a.b)", ""] {
        assert!(!pattern.fits(text), "{text}");
    }
    assert!(Pattern::of_text(&"x".repeat(1 << 20)).is_err());
}
