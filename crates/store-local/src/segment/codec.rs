//! Parquet's encodings of numbers, of which a segment uses two.
//!
//! Source: <https://parquet.apache.org/docs/file-format/data-pages/encodings/>.
#![expect(
    clippy::cast_possible_truncation,
    reason = "bits are taken apart, the lowest first"
)]

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::columns::Malformed;
use crate::varint;

/// How many values the run-length hybrid packs together, and how many equal ones make a run worth
/// its header.
const GROUP: usize = 8;

/// How many differences the delta encoding puts under one minimum, and how many of them are packed
/// in one width; the usual numbers.
const BLOCK: usize = 128;
const MINIBLOCKS: usize = 4;
const MINIBLOCK: usize = BLOCK / MINIBLOCKS;

const TOO_SHORT: Malformed = Malformed("it ends too early");

/// How many bits the number takes.
fn bit_width(max: u32) -> u32 {
    u32::BITS - max.leading_zeros()
}

/// Encodes numbers of at most so many bits in the RLE and bit-packing hybrid, without its length.
fn encode_hybrid(numbers: &[u32], bit_width: u32, out: &mut Vec<u8>) {
    // What is packed and not yet written.
    let mut packed = 0..0;
    let mut at = 0;
    while at < numbers.len() {
        let run = run_len(&numbers[at..]);
        // Only whole groups are packed, so a run gives some of its values to the last one.
        let missing = (GROUP - packed.len() % GROUP) % GROUP;
        if run >= missing + GROUP {
            packed.end = at + missing;
            encode_packed(&numbers[packed], bit_width, out);
            varint::push((run - missing) as u64 * 2, out);
            let value = numbers[at].to_le_bytes();
            out.extend_from_slice(&value[..bit_width.div_ceil(8) as usize]);
            packed = at + run..at + run;
        } else {
            packed.end = at + run;
        }
        at += run;
    }
    encode_packed(&numbers[packed], bit_width, out);
}

/// Codes of at most so many bits are packed in as few as they take; zstd gains nothing from more.
const NARROW_CODES: u32 = 4;

/// Encodes codes up to this one, in as many bits each as the first byte says.
///
/// Wider codes take whole bytes: those zstd finds to be alike, and packed ones it does not. All codes
/// of a segment together then take a sixth less, and nothing has to be packed.
pub(super) fn encode_codes(codes: &[u32], max: u32, out: &mut Vec<u8>) {
    let exact = bit_width(max);
    let is_one = codes.iter().all(|code| Some(code) == codes.first());
    if exact <= NARROW_CODES || is_one {
        out.push(exact as u8);
        return encode_hybrid(codes, exact, out);
    }
    let width = exact.next_multiple_of(8);
    out.push(width as u8);
    let groups = codes.len().div_ceil(GROUP);
    varint::push(groups as u64 * 2 + 1, out);
    let bytes = width as usize / 8;
    out.reserve(groups * GROUP * bytes);
    match bytes {
        1 => out.extend(codes.iter().map(|&code| code as u8)),
        2 => out.extend(codes.iter().flat_map(|&code| (code as u16).to_le_bytes())),
        _ => {
            for code in codes {
                out.extend_from_slice(&code.to_le_bytes()[..bytes]);
            }
        }
    }
    let padding = groups * GROUP - codes.len();
    out.extend(std::iter::repeat_n(0, padding * bytes));
}

/// How many numbers are equal to the first.
fn run_len(numbers: &[u32]) -> usize {
    let first = numbers[0];
    let run = numbers.iter().take_while(|&&number| number == first);
    run.count()
}

fn encode_packed(numbers: &[u32], bit_width: u32, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(GROUP);
    varint::push(groups as u64 * 2 + 1, out);
    let padding = groups * GROUP - numbers.len();
    let words = numbers.iter().map(|&number| u64::from(number));
    pack(words.chain(std::iter::repeat_n(0, padding)), bit_width, out);
}

/// Some numbers of the hybrid: one that repeats, or several that are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run<'a> {
    Repeated(u32),
    Packed(&'a [u8]),
}

/// Goes through the runs of a hybrid that has so many numbers, each with its length.
#[derive(Debug)]
pub(super) struct Runs<'a> {
    bytes: &'a [u8],
    bit_width: u32,
    left: usize,
}

impl<'a> Runs<'a> {
    pub(super) fn new(bytes: &'a [u8], bit_width: u32, count: usize) -> Result<Self, Malformed> {
        if bit_width > u32::BITS {
            return Err(Malformed("numbers of more than 32 bits"));
        }
        Ok(Self {
            bytes,
            bit_width,
            left: count,
        })
    }

    fn next_run(&mut self) -> Result<(Run<'a>, usize), Malformed> {
        let header = take_varint(&mut self.bytes)?;
        let len = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        let (run, len) = if header & 1 == 0 {
            let value = take(&mut self.bytes, self.bit_width.div_ceil(8) as usize)?;
            let mut number = [0; 4];
            number[..value.len()].copy_from_slice(value);
            (Run::Repeated(u32::from_le_bytes(number)), len)
        } else {
            let packed = take(&mut self.bytes, len.saturating_mul(self.bit_width as usize))?;
            (Run::Packed(packed), len.saturating_mul(GROUP))
        };
        // The last one is filled up.
        let len = len.min(self.left);
        if len == 0 {
            return Err(Malformed("a run of no numbers"));
        }
        self.left -= len;
        Ok((run, len))
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Result<(Run<'a>, usize), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.left > 0).then(|| self.next_run())
    }
}

/// Decodes, of so many numbers, those from this one on, as many as there is room for.
pub(super) fn decode_hybrid(
    bytes: &[u8],
    bit_width: u32,
    count: usize,
    first: usize,
    mut out: &mut [u32],
) -> Result<(), Malformed> {
    let end = first + out.len();
    let mut start = 0;
    for run in Runs::new(bytes, bit_width, count)? {
        if out.is_empty() {
            break;
        }
        let (run, len) = run?;
        let from = first.max(start);
        let to = end.min(start + len);
        if from < to {
            let (numbers, rest) = out.split_at_mut(to - from);
            out = rest;
            match run {
                Run::Repeated(number) => numbers.fill(number),
                Run::Packed(packed) => {
                    unpack_numbers(packed, bit_width, from - start..to - start, numbers);
                }
            }
        }
        start += len;
    }
    if out.is_empty() {
        return Ok(());
    }
    Err(Malformed("too few numbers"))
}

/// Those of this range, of so many bits each; the bytes are long enough.
fn unpack_numbers(packed: &[u8], bit_width: u32, range: Range<usize>, out: &mut [u32]) {
    match bit_width {
        8 => {
            for (number, &byte) in out.iter_mut().zip(&packed[range]) {
                *number = byte.into();
            }
        }
        16 => {
            let (pairs, _) = packed[range.start * 2..range.end * 2].as_chunks();
            for (number, &pair) in out.iter_mut().zip(pairs) {
                *number = u16::from_le_bytes(pair).into();
            }
        }
        _ => {
            let mut numbers = out.iter_mut();
            unpack(packed, bit_width, range, |word| {
                if let Some(number) = numbers.next() {
                    // Narrower than 32 bits each.
                    *number = word as u32;
                }
            });
        }
    }
}

/// Of so many bits in the hybrid, how many before this range are set, and those of the range.
pub(super) fn decode_levels(
    bytes: &[u8],
    count: usize,
    range: Range<usize>,
) -> Result<(usize, Vec<bool>), Malformed> {
    let mut before = 0;
    let mut levels = Vec::with_capacity(range.len());
    let mut start = 0;
    for run in Runs::new(bytes, 1, count)? {
        let (run, len) = run?;
        let head = len.min(range.start.saturating_sub(start));
        let to = len.min(range.end.saturating_sub(start));
        match run {
            Run::Repeated(level) => {
                before += head * level as usize;
                levels.extend(std::iter::repeat_n(level == 1, to.saturating_sub(head)));
            }
            Run::Packed(packed) => {
                before += count_bits(packed, head);
                unpack(packed, 1, head..to.max(head), |bit| levels.push(bit == 1));
            }
        }
        start += len;
        if start >= range.end {
            break;
        }
    }
    Ok((before, levels))
}

/// How many of the first bits are set.
fn count_bits(bytes: &[u8], bits: usize) -> usize {
    let whole = &bytes[..bits / 8];
    let rest = bytes.get(bits / 8).copied().unwrap_or(0) & ((1 << (bits % 8)) - 1);
    let whole: u32 = whole.iter().map(|byte| byte.count_ones()).sum();
    (whole + rest.count_ones()) as usize
}

/// Encodes numbers as DELTA_BINARY_PACKED.
pub(super) fn encode_delta(numbers: &[u64], out: &mut Vec<u8>) {
    varint::push(BLOCK as u64, out);
    varint::push(MINIBLOCKS as u64, out);
    varint::push(numbers.len() as u64, out);
    varint::push(zigzag(numbers.first().copied().unwrap_or(0)), out);
    let mut last = numbers.first().copied().unwrap_or(0);
    let mut deltas = Vec::with_capacity(BLOCK);
    for block in numbers.get(1..).unwrap_or_default().chunks(BLOCK) {
        deltas.clear();
        for &number in block {
            deltas.push(number.wrapping_sub(last).cast_signed());
            last = number;
        }
        encode_delta_block(&deltas, out);
    }
}

fn encode_delta_block(deltas: &[i64], out: &mut Vec<u8>) {
    let min = deltas.iter().copied().min().unwrap_or(0);
    let above_min = |delta: &i64| delta.wrapping_sub(min).cast_unsigned();
    varint::push(zigzag(min.cast_unsigned()), out);
    let width = |miniblock: &[i64]| {
        let max = miniblock.iter().map(above_min).max().unwrap_or(0);
        u64::BITS - max.leading_zeros()
    };
    for at in 0..MINIBLOCKS {
        let miniblock = deltas.chunks(MINIBLOCK).nth(at).unwrap_or_default();
        out.push(width(miniblock) as u8);
    }
    for miniblock in deltas.chunks(MINIBLOCK) {
        let padding = std::iter::repeat_n(0, MINIBLOCK - miniblock.len());
        let words = miniblock.iter().map(above_min).chain(padding);
        pack(words, width(miniblock), out);
    }
}

/// Decodes so many numbers.
pub(super) fn decode_delta(mut bytes: &[u8], count: usize) -> Result<Vec<u64>, Malformed> {
    let header = [
        take_varint(&mut bytes)?,
        take_varint(&mut bytes)?,
        take_varint(&mut bytes)?,
    ];
    if header != [BLOCK as u64, MINIBLOCKS as u64, count as u64] {
        return Err(Malformed("blocks of another size, or another count"));
    }
    let mut last = unzigzag(take_varint(&mut bytes)?);
    let mut numbers = Vec::with_capacity(count);
    if count > 0 {
        numbers.push(last);
    }
    while numbers.len() < count {
        let min = unzigzag(take_varint(&mut bytes)?);
        let widths = take(&mut bytes, MINIBLOCKS)?;
        for &width in widths {
            let missing = count - numbers.len();
            if missing == 0 {
                break;
            }
            let width = u32::from(width);
            if width > u64::BITS {
                return Err(Malformed("numbers of more than 64 bits"));
            }
            let packed = take(&mut bytes, MINIBLOCK / 8 * width as usize)?;
            unpack(packed, width, 0..missing.min(MINIBLOCK), |above_min| {
                last = last.wrapping_add(min).wrapping_add(above_min);
                numbers.push(last);
            });
        }
    }
    Ok(numbers)
}

/// Packs a bit each, the lowest first, as Parquet's plain encoding of booleans does.
pub(super) fn pack_bits(bits: impl Iterator<Item = bool>, out: &mut Vec<u8>) {
    pack(bits.map(u64::from), 1, out);
}

/// The bits of this range again.
pub(super) fn unpack_bits(bytes: &[u8], range: Range<usize>) -> Result<Vec<bool>, Malformed> {
    if bytes.len() < range.end.div_ceil(8) {
        return Err(TOO_SHORT);
    }
    let mut bits = Vec::with_capacity(range.len());
    unpack(bytes, 1, range, |bit| bits.push(bit == 1));
    Ok(bits)
}

/// Packs numbers of at most so many bits, the lowest bit first; the last byte is filled with zeros.
fn pack(words: impl Iterator<Item = u64>, bit_width: u32, out: &mut Vec<u8>) {
    let mut bits = 0_u128;
    let mut len = 0;
    for word in words {
        bits |= u128::from(word) << len;
        len += bit_width;
        if len >= u64::BITS {
            out.extend_from_slice(&(bits as u64).to_le_bytes());
            bits >>= u64::BITS;
            len -= u64::BITS;
        }
    }
    let rest = (bits as u64).to_le_bytes();
    out.extend_from_slice(&rest[..len.div_ceil(8) as usize]);
}

/// Hands out the numbers of this range, of so many bits each; the bytes are long enough.
#[inline]
fn unpack(bytes: &[u8], bit_width: u32, range: Range<usize>, mut see: impl FnMut(u64)) {
    /// Numbers of so many bits lie within 8 bytes from the one that they begin in.
    const NARROW: u32 = 57;
    let mask = 1_u64.checked_shl(bit_width).map_or(u64::MAX, |bit| bit - 1);
    for at in range {
        let bit = at * bit_width as usize;
        let (byte, shift) = (bit / 8, bit % 8);
        let word = match bytes.get(byte..).and_then(<[u8]>::first_chunk) {
            Some(&chunk) if bit_width <= NARROW => u64::from_le_bytes(chunk) >> shift,
            _ => {
                let rest = bytes.get(byte..).unwrap_or_default();
                let mut window = [0; 16];
                let len = rest.len().min(window.len());
                window[..len].copy_from_slice(&rest[..len]);
                (u128::from_le_bytes(window) >> shift) as u64
            }
        };
        see(word & mask);
    }
}

fn zigzag(number: u64) -> u64 {
    let number = number.cast_signed();
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> u64 {
    number >> 1 ^ (number & 1).wrapping_neg()
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    varint::take(bytes).ok_or(Malformed("a number that does not end"))
}

/// Takes so many bytes off the front.
pub(super) fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8], Malformed> {
    let (front, rest) = bytes.split_at_checked(len).ok_or(TOO_SHORT)?;
    *bytes = rest;
    Ok(front)
}
