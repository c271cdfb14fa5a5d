//! The files of the UI as gzip: a quarter of their size, made once for each.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// By entity tag, of which there are as many as there are files, and one page for each pair of ports.
static MADE: LazyLock<Mutex<HashMap<String, Bytes>>> = LazyLock::new(Mutex::default);

/// The content of this entity tag as gzip.
pub(super) fn gzip(etag: &str, content: &Bytes) -> Bytes {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = made.get(etag) {
        return known.clone();
    }
    let compressed = Bytes::from(compress(content));
    made.insert(etag.to_owned(), compressed.clone());
    compressed
}

fn compress(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.expect("memory takes all that is written to it")
}

/// Whether the client takes gzip (RFC 9110, section 12.5.3).
pub(super) fn accepts_gzip(request: &HeaderMap) -> bool {
    request
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_gzip = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            is_gzip && weight.and_then(|weight| weight.parse().ok()) != Some(0.0)
        })
}
