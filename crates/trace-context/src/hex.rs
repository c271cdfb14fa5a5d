//! Hexadecimal digits: read strictly (lower case, as in headers) or in either case, and written.

/// The value of a digit as headers have it: `0`–`9` and lower-case `a`–`f`.
pub(crate) const fn lower_case_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// The value of a digit in either case, as people type ids.
pub(crate) const fn digit(byte: u8) -> Option<u8> {
    lower_case_digit(byte.to_ascii_lowercase())
}

/// Reads `BYTES` bytes from twice as many digits.
///
/// The error is the offset of the first byte that is no digit by `digit`, or `text`'s length where
/// the text ends too early. What follows the digits is not looked at.
pub(crate) fn decode<const BYTES: usize>(
    text: &[u8],
    digit: impl Fn(u8) -> Option<u8>,
) -> Result<[u8; BYTES], usize> {
    let digit_at = |offset: usize| text.get(offset).copied().and_then(&digit).ok_or(offset);
    let mut bytes = [0; BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = digit_at(2 * index)? << 4 | digit_at(2 * index + 1)?;
    }
    Ok(bytes)
}

/// Writes `bytes` as lower-case digits at the start of `out`, which must have room for them.
pub(crate) fn encode(bytes: &[u8], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    debug_assert!(out.len() >= 2 * bytes.len(), "no room for the digits");
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0x0f)];
    }
}
