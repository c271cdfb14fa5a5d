//! How long something took, for a reader.

use std::time::Duration;

#[cfg(test)]
mod tests;

const UNITS: [(u128, &str); 4] = [
    (1, "ns"),
    (1_000, "µs"),
    (1_000_000, "ms"),
    (1_000_000_000, "s"),
];
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The duration to three significant digits (`5.01 s`, `12.3 ms`, `640 µs`), from a minute on as
/// `2 min 05 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= HOUR {
        return format!("{} h {:02} min", seconds / HOUR, seconds % HOUR / MINUTE);
    }
    if seconds >= MINUTE {
        return format!("{} min {:02} s", seconds / MINUTE, seconds % MINUTE);
    }
    let nanos = duration.as_nanos();
    UNITS
        .iter()
        .find_map(|&(unit, name)| {
            three_digits(nanos, unit).map(|number| format!("{number} {name}"))
        })
        // Only what rounds up to 1000 s fits no unit, and that is more than a minute.
        .unwrap_or_else(|| format!("{seconds} s"))
}

/// The number of units to three significant digits, unless it would need a fourth.
fn three_digits(nanos: u128, unit: u128) -> Option<String> {
    let decimals_max = if unit == 1 { 0 } else { 2 };
    (0..=decimals_max).rev().find_map(|decimals| {
        let scale = 10_u128.pow(decimals);
        let scaled = (nanos * scale + unit / 2) / unit;
        let (whole, fraction) = (scaled / scale, scaled % scale);
        let decimals = decimals as usize;
        match decimals {
            _ if scaled >= 1000 => None,
            0 => Some(whole.to_string()),
            _ => Some(format!("{whole}.{fraction:0decimals$}")),
        }
    })
}
