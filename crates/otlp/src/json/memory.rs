//! How much memory a request in JSON takes while it is read, for who keeps a budget.

/// How many bytes a request in JSON takes at most beside its own and the batch's entries.
///
/// What is written of it is no longer than the request. serde keeps one text in addition, the
/// longest with an escape in it, since that is not to be had from the request as it stands.
pub fn json_memory_max(request: &[u8]) -> usize {
    request.len() + longest_escaped(request)
}

/// The length of the longest text with an escape, or more if the request is no JSON.
fn longest_escaped(json: &[u8]) -> usize {
    let mut longest = 0;
    let (mut start, mut escaped) = (0, false);
    let mut at = 0;
    while at < json.len() {
        match json[at] {
            // The byte after the backslash is skipped, too: it may be a quote.
            b'\\' => {
                escaped = true;
                at += 1;
            }
            b'"' => {
                if escaped {
                    longest = longest.max(at - start);
                }
                (start, escaped) = (at + 1, false);
            }
            _ => {}
        }
        at += 1;
    }
    if escaped {
        longest = longest.max(json.len() - start);
    }
    longest
}

#[cfg(test)]
mod tests;
