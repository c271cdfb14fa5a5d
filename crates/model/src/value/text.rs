//! The text form of a value, by which it is searched and shown where there are no types.
//!
//! It is that of the OpenTelemetry Collector (`pcommon.Value.AsString`), so that stores fed by a
//! collector agree: text as it is, numbers and flags as in JSON, bytes in base64, arrays and maps
//! as JSON. Only NaN and the infinities differ, which JSON lacks; here they have the names that
//! OTLP's JSON gives them.

#[cfg(test)]
mod tests;

use std::fmt::{self, Display, Formatter, Write};

use super::{KeyValue, Value};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::String(text) => f.write_str(text),
            Self::Bool(flag) => flag.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Double(number) => write_double(f, *number),
            Self::Bytes(bytes) => write_base64(f, bytes),
            Self::Array(values) => write_array(f, values),
            Self::Map(members) => write_object(f, members),
        }
    }
}

/// The value within an array or a map, where text is quoted.
fn write_json(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Empty => f.write_str("null"),
        Value::String(text) => write_quoted(f, text),
        Value::Double(number) if !number.is_finite() => {
            f.write_char('"')?;
            write_double(f, *number)?;
            f.write_char('"')
        }
        Value::Bytes(bytes) => {
            f.write_char('"')?;
            write_base64(f, bytes)?;
            f.write_char('"')
        }
        Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Array(_) | Value::Map(_) => {
            value.fmt(f)
        }
    }
}

fn write_array(f: &mut Formatter<'_>, values: &[Value]) -> fmt::Result {
    f.write_char('[')?;
    for (position, value) in values.iter().enumerate() {
        if position > 0 {
            f.write_char(',')?;
        }
        write_json(f, value)?;
    }
    f.write_char(']')
}

fn write_object(f: &mut Formatter<'_>, members: &[KeyValue]) -> fmt::Result {
    f.write_char('{')?;
    for (position, member) in members.iter().enumerate() {
        if position > 0 {
            f.write_char(',')?;
        }
        write_quoted(f, &member.key)?;
        f.write_char(':')?;
        write_json(f, &member.value)?;
    }
    f.write_char('}')
}

fn write_quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

/// As few digits as tell the number from its neighbours; with an exponent where JavaScript and Go
/// write one.
fn write_double(f: &mut Formatter<'_>, number: f64) -> fmt::Result {
    if number.is_nan() {
        return f.write_str("NaN");
    }
    if number.is_infinite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return write!(f, "{sign}Infinity");
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && magnitude < 1e-6 {
        return write!(f, "{number:e}");
    }
    if magnitude >= 1e21 {
        return f.write_str(&format!("{number:e}").replace('e', "e+"));
    }
    write!(f, "{number}")
}

/// RFC 4648, with padding.
fn write_base64(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |position| u32::from(chunk.get(position).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4 {
            let digit = bits >> (18 - 6 * position) & 0x3f;
            let is_padding = position > chunk.len();
            f.write_char(if is_padding {
                '='
            } else {
                DIGITS[digit as usize].into()
            })?;
        }
    }
    Ok(())
}
