//! Lays JSON out for a reader, piece by piece.

/// How far inside a level is.
const STEP: &[u8] = b"  ";

/// Where in the JSON the last piece ended.
#[derive(Debug, Default)]
pub(super) struct Indent {
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
    /// After an opening bracket, before it is known whether anything is in it.
    has_opened: bool,
}

impl Indent {
    /// The next piece of compact JSON, laid out.
    pub(super) fn lay_out(&mut self, json: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(json.len() * 2);
        for &byte in json {
            self.add(byte, &mut out);
        }
        out
    }

    fn add(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.is_in_text {
            out.push(byte);
            self.is_in_text = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return;
        }
        let is_closing = matches!(byte, b'}' | b']');
        if is_closing {
            self.depth = self.depth.saturating_sub(1);
        }
        // Nothing stands between the brackets of an empty list.
        if self.has_opened != is_closing {
            self.new_line(out);
        }
        self.has_opened = matches!(byte, b'{' | b'[');
        out.push(byte);
        match byte {
            b'{' | b'[' => self.depth += 1,
            b',' => self.new_line(out),
            b':' => out.push(b' '),
            b'"' => self.is_in_text = true,
            _ => {}
        }
    }

    fn new_line(&self, out: &mut Vec<u8>) {
        out.push(b'\n');
        for _ in 0..self.depth {
            out.extend_from_slice(STEP);
        }
    }
}
