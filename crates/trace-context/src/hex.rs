//! Hexadecimal digits: read strictly (lower case, as in headers) or in either case, and written.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// For every byte the value of the digit that it is, or [`NO_DIGIT`].
pub(crate) type DigitValues = [u8; 256];

const NO_DIGIT: u8 = 0xff;

/// Digits as headers have them: `0`–`9` and `a`–`f`.
pub(crate) const LOWER_CASE: &DigitValues = &digit_values(false);

/// Digits in either case, as people type ids.
pub(crate) const EITHER_CASE: &DigitValues = &digit_values(true);

const fn digit_values(upper_case: bool) -> DigitValues {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = DIGITS[value as usize];
        values[digit as usize] = value;
        if upper_case {
            values[digit.to_ascii_uppercase() as usize] = value;
        }
        value += 1;
    }
    values
}

/// Reads `BYTES` bytes from twice as many digits. What follows them is not looked at.
///
/// The error is the offset of the first byte that is no digit, or `text`'s length if it ends too
/// early.
pub(crate) fn decode<const BYTES: usize>(
    text: &[u8],
    values: &DigitValues,
) -> Result<[u8; BYTES], usize> {
    let text = &text[..text.len().min(2 * BYTES)];
    let value = |digit: u8| values[usize::from(digit)];
    let mut bytes = [0; BYTES];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (value(pair[0]), value(pair[1]));
        *byte = high << 4 | low;
        seen |= high | low;
    }
    // One test for all digits: the table's values have four bits, but for `NO_DIGIT`.
    if text.len() == 2 * BYTES && seen < 0x10 {
        return Ok(bytes);
    }
    let first_wrong = text.iter().position(|&digit| value(digit) == NO_DIGIT);
    Err(first_wrong.unwrap_or(text.len()))
}

/// Writes `bytes` as lower-case digits at the start of `out`, which must have room for them.
pub(crate) fn encode(bytes: &[u8], out: &mut [u8]) {
    debug_assert!(out.len() >= 2 * bytes.len(), "no room for the digits");
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0x0f)];
    }
}
