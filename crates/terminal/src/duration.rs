//! How long something took, for a reader.

use std::time::Duration;

#[cfg(test)]
mod tests;

const UNITS: [(u128, &str); 4] = [(1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (SECOND, "s")];
const SECOND: u128 = 1_000_000_000;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;

/// The duration to three significant digits without zeros at their end (`5.01 s`, `12 ms`), from a minute
/// on in two units (`2 min 5 s`): as the web pages write it, whose `formatDuration` is in
/// `ui/lib/format.js`, so that whoever looks at both sees one figure.
pub fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        DAY.. => two_units(nanos, (DAY, "d"), (HOUR, "h")),
        HOUR..DAY => two_units(nanos, (HOUR, "h"), (MINUTE, "min")),
        MINUTE..HOUR => two_units(nanos, (MINUTE, "min"), (SECOND, "s")),
        ..MINUTE => one_unit(nanos),
    }
}

fn one_unit(nanos: u128) -> String {
    let told = UNITS.iter().find_map(|&(unit, name)| {
        three_digits(nanos, unit).map(|number| format!("{number} {name}"))
    });
    // Only what rounds up to 1000 s fits no unit, and that is more than a minute.
    told.unwrap_or_else(|| format!("{} s", nanos / SECOND))
}

/// The number of units to three significant digits, unless it would need a fourth.
fn three_digits(nanos: u128, unit: u128) -> Option<String> {
    let decimals_max = if unit == 1 { 0 } else { 2 };
    (0..=decimals_max).rev().find_map(|decimals| {
        let scale = 10_u128.pow(decimals);
        let scaled = (nanos * scale + unit / 2) / unit;
        let (whole, fraction) = (scaled / scale, scaled % scale);
        let decimals = decimals as usize;
        match fraction {
            _ if scaled >= 1000 => None,
            0 => Some(whole.to_string()),
            _ => {
                let number = format!("{whole}.{fraction:0decimals$}");
                Some(number.trim_end_matches('0').to_owned())
            }
        }
    })
}

/// Rounded to the small unit, of which nothing is said if there is none.
fn two_units(nanos: u128, big: (u128, &str), small: (u128, &str)) -> String {
    let whole = (nanos + small.0 / 2) / small.0 * small.0;
    let (bigs, smalls) = (whole / big.0, whole % big.0 / small.0);
    let told = format!("{bigs} {}", big.1);
    match smalls {
        0 => told,
        _ => format!("{told} {smalls} {}", small.1),
    }
}
