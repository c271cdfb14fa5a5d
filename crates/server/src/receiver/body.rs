//! The bytes of a request, within the limits before and after decompression.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::refusal::Refusal;
use super::{Message, off_the_loop};
use crate::in_flight::{Arrival, InFlight, NoRoom, Reservation};

/// How long a body may take to arrive. Exporters give up after 10 s by default.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a body may pause. Networks that lose packets make pauses of up to a few seconds.
const PAUSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How much is inflated between two looks at the limits.
const INFLATE_STEP_BYTES: usize = 64 << 10;

/// What gzip makes of one byte at the most, so that a few kilobytes may be megabytes.
///
/// Source: <https://www.zlib.net/zlib_tech.html>.
const INFLATE_RATIO_MAX: usize = 1032;

/// How much memory is taken on the word of a client, before its bytes arrive.
const ANNOUNCED_BYTES_MAX: usize = 1 << 20;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    /// Reads a `Content-Encoding` or `grpc-encoding` header.
    pub(super) fn parse(header: &str) -> Result<Self, Refusal> {
        let name = header.trim();
        if name.is_empty() || name.eq_ignore_ascii_case("identity") {
            Ok(Self::Identity)
        } else if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            Ok(Self::Gzip)
        } else {
            Err(Refusal::ContentEncoding(name.to_owned()))
        }
    }
}

/// Reads the body to its end. It stays the caller's, so that the rest can be read off after a
/// refusal.
pub(super) async fn read(
    body: &mut Body,
    bytes_max: usize,
    in_flight: &InFlight,
) -> Result<(Bytes, Reservation), Refusal> {
    let mut arrival = in_flight.arrive();
    let evicted = arrival.evicted();
    let bytes = tokio::select! {
        bytes = collect(body, bytes_max, &mut arrival) => bytes?,
        () = evicted => return Err(NoRoom::Now.into()),
        () = tokio::time::sleep(ARRIVAL_TIMEOUT) => return Err(Refusal::TooSlow(ARRIVAL_TIMEOUT)),
    };
    Ok((bytes, arrival.finish()?))
}

async fn collect(
    body: &mut Body,
    bytes_max: usize,
    arrival: &mut Arrival,
) -> Result<Bytes, Refusal> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > bytes_max {
        return Err(Refusal::TooLarge { bytes_max });
    }
    // Copied even if all arrives in one piece: that would be a part of the connection's buffer,
    // and a store that keeps it would keep the whole buffer.
    let mut bytes = Vec::with_capacity(announced.min(ANNOUNCED_BYTES_MAX));
    while let Some(data) = next(body).await? {
        if data.len() > bytes_max - bytes.len() {
            return Err(Refusal::TooLarge { bytes_max });
        }
        arrival.grow(data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok(without_excess(bytes))
}

/// The bytes that arrive next; `None` at the end.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = tokio::time::timeout(PAUSE_TIMEOUT, body.frame())
            .await
            .map_err(|_| Refusal::Stalled(PAUSE_TIMEOUT))?;
        let Some(frame) = frame else {
            return Ok(None);
        };
        let frame = frame.map_err(|error| Refusal::Broken(error.to_string()))?;
        // Anything else is trailers.
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

/// The bytes in as much memory as they need, since a store may keep them for long.
fn without_excess(mut bytes: Vec<u8>) -> Bytes {
    bytes.shrink_to_fit();
    bytes.into()
}

/// Undoes the compression. Nothing beyond the limit is ever inflated, whatever the bytes claim.
pub(super) async fn decompress(
    bytes: Bytes,
    encoding: Encoding,
    bytes_max: usize,
    mut reservation: Reservation,
) -> Result<Message, Refusal> {
    match encoding {
        Encoding::Identity => Ok(Message { bytes, reservation }),
        Encoding::Gzip => {
            let inflated_bytes_max = bytes.len().saturating_mul(INFLATE_RATIO_MAX);
            off_the_loop(inflated_bytes_max.min(bytes_max), move || {
                let bytes = inflate(&bytes, bytes_max, &mut reservation)?;
                Ok(Message { bytes, reservation })
            })
            .await
        }
    }
}

fn inflate(
    compressed: &[u8],
    bytes_max: usize,
    reservation: &mut Reservation,
) -> Result<Bytes, Refusal> {
    let mut gzip = MultiGzDecoder::new(compressed);
    let mut inflated = Vec::new();
    loop {
        // One byte beyond the limit tells a body that is too large from one that just fits.
        let step = INFLATE_STEP_BYTES.min(bytes_max + 1 - inflated.len());
        let read = gzip
            .by_ref()
            .take(step as u64)
            .read_to_end(&mut inflated)
            .map_err(Refusal::NotGzip)?;
        reservation.grow(read)?;
        if inflated.len() > bytes_max {
            return Err(Refusal::TooLarge { bytes_max });
        }
        if read == 0 {
            return Ok(without_excess(inflated));
        }
    }
}

#[cfg(test)]
mod tests;
