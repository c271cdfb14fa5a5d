//! Server-sent events, out of the bytes of an answer.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// An event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// What has come of an answer, and is not taken yet.
#[derive(Debug, Default)]
pub(super) struct EventReader {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Where no end of it was found yet.
    looked_at: usize,
    name: String,
    data: Vec<String>,
}

impl EventReader {
    /// Adds the next bytes of the answer.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.looked_at -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// How many bytes are held.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.data.iter().map(String::len).sum::<usize>()
    }

    /// The next event that has come whole.
    pub(super) fn next(&mut self) -> Option<Event> {
        while let Some(line) = self.next_line() {
            let line = String::from_utf8_lossy(&self.bytes[line]).into_owned();
            if !line.is_empty() {
                self.take(&line);
                continue;
            }
            let event = Event {
                name: std::mem::take(&mut self.name),
                data: std::mem::take(&mut self.data).join("\n"),
            };
            // Such as after a comment.
            if !event.data.is_empty() {
                return Some(event);
            }
        }
        None
    }

    /// Takes a line; comments and fields that nobody knows are passed over.
    fn take(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push(value.to_owned()),
            _ => {}
        }
    }

    /// Where the next line is, without its end.
    fn next_line(&mut self) -> Option<Range<usize>> {
        let rest = &self.bytes[self.looked_at..];
        let Some(len) = rest.iter().position(|&byte| byte == b'\n') else {
            self.looked_at = self.bytes.len();
            return None;
        };
        let (start, end) = (self.start, self.looked_at + len);
        self.start = end + 1;
        self.looked_at = self.start;
        let has_return = self.bytes[start..end].ends_with(b"\r");
        Some(start..end - usize::from(has_return))
    }
}
