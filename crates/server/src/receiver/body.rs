//! The bytes of a request, within the limits before and after decompression.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::off_the_loop;
use super::refusal::Refusal;
use crate::in_flight::Reservation;

/// How long a body may take to arrive. Exporters give up after 10 s by default.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How much is inflated between two looks at the limits.
const INFLATE_STEP_BYTES: usize = 64 << 10;

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
    reservation: &mut Reservation,
) -> Result<Bytes, Refusal> {
    tokio::time::timeout(ARRIVAL_TIMEOUT, collect(body, bytes_max, reservation))
        .await
        .unwrap_or(Err(Refusal::TooSlow(ARRIVAL_TIMEOUT)))
}

async fn collect(
    body: &mut Body,
    bytes_max: usize,
    reservation: &mut Reservation,
) -> Result<Bytes, Refusal> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > bytes_max {
        return Err(Refusal::TooLarge { bytes_max });
    }
    // Address space only: memory is used as bytes arrive, and so is the reservation.
    let mut bytes = BytesMut::with_capacity(announced);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers
        };
        if data.len() > bytes_max - bytes.len() {
            return Err(Refusal::TooLarge { bytes_max });
        }
        reservation.grow(data.len())?;
        // The usual case over HTTP/1.1: all in one piece, not copied. HTTP/2 announces nothing, and
        // often ends with an empty frame.
        if data.len() == announced && bytes.is_empty() && announced > 0 {
            return Ok(data);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// Undoes the compression. Nothing beyond the limit is ever inflated, whatever the bytes claim.
pub(super) async fn decompress(
    bytes: Bytes,
    encoding: Encoding,
    bytes_max: usize,
    mut reservation: Reservation,
) -> Result<(Bytes, Reservation), Refusal> {
    match encoding {
        Encoding::Identity => Ok((bytes, reservation)),
        Encoding::Gzip => {
            off_the_loop(bytes.len(), move || {
                let inflated = inflate(&bytes, bytes_max, &mut reservation)?;
                Ok((inflated, reservation))
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
            return Ok(inflated.into());
        }
    }
}

#[cfg(test)]
mod tests;
