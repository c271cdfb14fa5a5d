//! Points in time as RFC 3339 writes them: `2023-11-14T22:13:20Z`.

#[cfg(test)]
mod tests;

use clew_model::Timestamp;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const SECONDS_PER_DAY: u64 = 86_400;

/// So many digits behind the point of a second are read.
const NANO_DIGITS: usize = 9;

/// Days from 0000-03-01 to 1970-01-01. A year that begins in March ends with the leap day.
const DAYS_BEFORE_1970: u64 = 719_468;

/// Days of 400 years, after which the calendar repeats itself.
const DAYS_PER_ERA: u64 = 146_097;

/// The point in time, in UTC, with as many digits of a second in threes as it needs, which is how protobuf's
/// JSON has it.
pub(in crate::api) fn write(time: Timestamp) -> String {
    let (seconds, nanos) = (
        time.unix_nanos() / NANOS_PER_SECOND,
        time.unix_nanos() % NANOS_PER_SECOND,
    );
    let (year, month, day) = date(seconds / SECONDS_PER_DAY);
    let of_day = seconds % SECONDS_PER_DAY;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = match nanos {
        0 => String::new(),
        _ if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
        _ if nanos.is_multiple_of(1_000) => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The point in time that the text stands for, cut to nanoseconds; the last that there is if it is
/// later than that, as years are that mean *no end*. `None` if it stands for none, or for one before
/// 1970.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>.
pub(in crate::api) fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let (clock, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let (clock, nanos) = match clock.split_once('.') {
        Some((clock, digits)) => (clock, fraction(digits)?),
        None => (clock, 0),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let of_day = hour * 3600 + minute * 60 + second;
    let local = days(year, month, day)? * SECONDS_PER_DAY + of_day;
    let seconds = local.checked_sub_signed(offset(zone)?)?;
    let whole = seconds.saturating_mul(NANOS_PER_SECOND);
    Some(Timestamp::from_unix_nanos(whole.saturating_add(nanos)))
}

/// Numbers of so many digits each, and nothing else.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(between);
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = number_of(part)?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A number without a sign, which `parse` would take.
fn number_of(digits: &str) -> Option<u64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

/// The nanoseconds that the digits of a second stand for.
fn fraction(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let nanos = format!("{digits:0<NANO_DIGITS$.NANO_DIGITS$}");
    nanos.parse().ok().filter(|_| is_number)
}

/// How many seconds a clock of this zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (sign, ahead) = match zone.strip_prefix('-') {
        Some(behind) => (-1, behind),
        None => (1, zone.strip_prefix('+')?),
    };
    let [hours, minutes] = numbers(ahead, ':', [2, 2])?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i64::try_from(hours * 3600 + minutes * 60).ok()?;
    Some(sign * seconds)
}

/// The days from 1970-01-01 to a day that the calendar has.
///
/// Source: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year_from_march, month_from_march) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let (era, of_era) = (year_from_march / 400, year_from_march % 400);
    let of_year = (153 * month_from_march + 2) / 5 + day.checked_sub(1)?;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let days = (era * DAYS_PER_ERA + of_era).checked_sub(DAYS_BEFORE_1970)?;
    // A 31st of April has been counted as the 1st of May.
    (date(days) == (year, month, day)).then_some(days)
}

/// Year, month and day, so many days after 1970-01-01.
///
/// Source: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_BEFORE_1970;
    let (era, of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on have 153 days in every five.
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, years) = match month_from_march {
        0..=9 => (month_from_march + 3, 0),
        _ => (month_from_march - 9, 1),
    };
    (era * 400 + year_of_era + years, month, day)
}
