//! How values of different types compare.

use std::cmp::Ordering;

use clew_model::ValueRef;

use super::Comparison;
use crate::field::{FieldRef, Scalar};

/// Whether the value of a span compares so with what was asked for.
pub(super) fn holds(value: FieldRef<'_>, comparison: Comparison, asked: &Scalar) -> bool {
    match order(value, asked) {
        Order::None => false,
        // Of numbers that have no order, such as NaN, only "not equal" holds.
        Order::Unordered => comparison == Comparison::NotEqual,
        // Of words that mean something beside their order, only equality does.
        Order::Same(is_same) => match comparison {
            Comparison::Equal => is_same,
            Comparison::NotEqual => !is_same,
            _ => false,
        },
        Order::Of(ordering) => match comparison {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        },
    }
}

enum Order {
    /// The types do not compare.
    None,
    /// They do, and these values have no order.
    Unordered,
    /// The types have no order: the values are the same, or not.
    Same(bool),
    Of(Ordering),
}

fn order(value: FieldRef<'_>, asked: &Scalar) -> Order {
    match (value, asked) {
        (FieldRef::Value(value), asked) => order_of_value(value, asked),
        (FieldRef::Time(value), Scalar::Time(asked)) => Order::Of(value.cmp(asked)),
        (FieldRef::Duration(value), Scalar::Duration(asked)) => Order::Of(value.cmp(asked)),
        (FieldRef::Kind(value), Scalar::Kind(asked)) => Order::Same(value == *asked),
        (FieldRef::Status(value), Scalar::Status(asked)) => Order::Same(value == *asked),
        (FieldRef::TraceId(value), Scalar::TraceId(asked)) => Order::Same(value == *asked),
        (FieldRef::SpanId(value), Scalar::SpanId(asked)) => Order::Same(value == *asked),
        _ => Order::None,
    }
}

fn order_of_value(value: ValueRef<'_>, asked: &Scalar) -> Order {
    let ordering = match (value, asked) {
        (ValueRef::String(value), Scalar::String(asked)) => Some(value.cmp(asked)),
        (ValueRef::Int(value), Scalar::Int(asked)) => Some(value.cmp(asked)),
        (ValueRef::Double(value), Scalar::Double(asked)) => value.partial_cmp(asked),
        (ValueRef::Int(value), Scalar::Double(asked)) => int_and_double(value, *asked),
        (ValueRef::Double(value), Scalar::Int(asked)) => {
            int_and_double(*asked, value).map(Ordering::reverse)
        }
        (ValueRef::Bool(value), Scalar::Bool(asked)) => return Order::Same(value == *asked),
        _ => return Order::None,
    };
    ordering.map_or(Order::Unordered, Order::Of)
}

/// The exact order of an integer and a floating-point number; `None` beside NaN. To make one of the
/// other would round it: 2^53 + 1 would equal 2^53.
fn int_and_double(int: i64, double: f64) -> Option<Ordering> {
    /// 2^63, the first number above all of `i64`.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= BEYOND {
        return Some(Ordering::Less);
    }
    if double < -BEYOND {
        return Some(Ordering::Greater);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and within bounds"
    )]
    let whole = double.trunc() as i64;
    let rest = 0.0_f64.partial_cmp(&double.fract())?;
    Some(int.cmp(&whole).then(rest))
}
