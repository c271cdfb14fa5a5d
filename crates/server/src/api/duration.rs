//! Durations as Go writes them: `1.5ms`, `1h15m`.
//!
//! Source: <https://pkg.go.dev/time#ParseDuration>. A negative duration has no meaning here.

use std::time::Duration;

/// The units, longer names before those that they begin with, and their nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, micro sign
    ("μs", 1_000), // U+03BC, Greek letter mu
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// So many digits behind the point are read; those after them stand for less than a nanosecond,
/// even of an hour.
const FRACTION_DIGITS_MAX: usize = 18;

/// The duration that the text stands for, `None` if it stands for none or for more than 584 years.
pub(in crate::api) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (nanos, after) = parse_term(rest)?;
        total = total.checked_add(nanos)?;
        rest = after;
    }
    Some(Duration::from_nanos(total))
}

/// One number with its unit, in nanoseconds, and what comes after it.
fn parse_term(text: &str) -> Option<(u64, &str)> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (unit, rest) = UNITS
        .iter()
        .find_map(|&(name, unit)| Some((unit, rest.strip_prefix(name)?)))?;
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let nanos = whole
        .checked_mul(unit)?
        .checked_add(part_of(unit, fraction))?;
    Some((nanos, rest))
}

/// The digits that the text begins with, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// The part of a unit that the digits behind the point stand for, in nanoseconds, rounded down.
fn part_of(unit: u64, fraction: &str) -> u64 {
    let mut digits: u128 = 0;
    let mut scale: u128 = 1;
    for digit in fraction.bytes().take(FRACTION_DIGITS_MAX) {
        digits = digits * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    // Less than the unit, so that it fits.
    u64::try_from(digits * u128::from(unit) / scale).unwrap_or(unit)
}

#[cfg(test)]
mod tests;
