//! OTLP in: what both transports share.
//!
//! A request goes the same way over gRPC and HTTP: its bytes are read within the limits, inflated
//! within the limits, walked and checked, and kept. Only then is it answered.

mod body;
mod grpc;
mod http;
mod refusal;
mod trouble;

use std::sync::Arc;

use ::http::HeaderMap;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use clew_otlp::{Decoded, DecodedLogs};
use clew_store::{LogStore, TraceStore};
use serde_json::json;

use crate::blocking::blocking;
use crate::host::WrongHost;
use crate::in_flight::{InFlight, NoRoom, Reservation};
use crate::{Options, PerEndpoint};
use refusal::Refusal;
use trouble::Trouble;

/// Larger requests are read apart from the threads that serve everyone: 1 MiB takes about 2 ms.
const INLINE_BYTES_MAX: usize = 1 << 20;

/// OTLP in both transports; every path of the router answers to its own, and unknown paths to
/// whichever asks.
pub(crate) fn router(
    store: Arc<dyn TraceStore>,
    logs: Option<Arc<dyn LogStore>>,
    options: &Options,
) -> Router {
    let Options { limits, memory, .. } = options;
    // A request that could never have its room is told so.
    let in_flight_bytes_max = limits.in_flight_bytes_max.min(memory.bytes_max());
    let receiver = Receiver {
        store,
        logs,
        request_bytes_max: limits.request_bytes_max,
        in_flight: InFlight::new(in_flight_bytes_max, memory),
        trouble: Trouble::default(),
    };
    let mut router = Router::new().fallback(http::no_such_path);
    for signal in Signal::ALL {
        router = router
            .route(signal.http_path(), http::export(signal))
            .route(signal.grpc_path(), grpc::export(signal));
    }
    router.with_state(Arc::new(receiver))
}

/// The answer to a request that may not call the backend by the name that it does.
pub(crate) fn refuse_host(wrong: &WrongHost, request: &HeaderMap) -> Response {
    http::refuse(&Refusal::Host(wrong.clone()), request)
}

/// Whether exports over HTTP go to this path.
pub(crate) fn is_http_path(path: &str) -> bool {
    Signal::ALL.iter().any(|signal| signal.http_path() == path)
}

/// Whether these are the headers of a gRPC call.
pub(crate) fn is_grpc_call(headers: &HeaderMap) -> bool {
    grpc::is_call(headers)
}

/// The answer to an export that came to another endpoint than those of the receivers.
pub(crate) async fn send_elsewhere(ports: PerEndpoint<u16>, request: Request) -> Response {
    let refusal = Refusal::Elsewhere {
        grpc_port: ports.otlp_grpc,
        http_port: ports.otlp_http,
    };
    http::refuse_request(&refusal, request).await
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    Traces,
    Logs,
    Metrics,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    const fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::Metrics => "/v1/metrics",
        }
    }

    const fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }
}

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Protobuf,
    Json,
}

/// What became of a request that could be read: all of it was kept, but for `rejected` records.
#[derive(Debug)]
struct Accepted {
    rejected: u64,
    /// Why, for the sender's log; empty if there is nothing to say.
    message: String,
}

impl Accepted {
    /// The answer, the same for all signals in protobuf.
    fn encode(&self) -> Bytes {
        clew_otlp::encode_export_response(self.rejected, &self.message)
    }

    /// The answer in JSON, whose names differ by signal.
    fn encode_json(&self, signal: Signal) -> String {
        if self.rejected == 0 && self.message.is_empty() {
            return "{}".to_owned();
        }
        let count = match signal {
            Signal::Traces => "rejectedSpans",
            Signal::Logs => "rejectedLogRecords",
            Signal::Metrics => "rejectedDataPoints",
        };
        let (rejected, message) = (self.rejected.to_string(), &self.message);
        json!({"partialSuccess": {count: rejected, "errorMessage": message}}).to_string()
    }
}

/// Where requests of both transports come together.
struct Receiver {
    store: Arc<dyn TraceStore>,
    logs: Option<Arc<dyn LogStore>>,
    request_bytes_max: usize,
    in_flight: InFlight,
    trouble: Trouble,
}

impl Receiver {
    /// Reads and keeps an export request.
    async fn export(
        &self,
        signal: Signal,
        format: Format,
        message: Message,
    ) -> Result<Accepted, Refusal> {
        let len = message.bytes.len();
        match signal {
            Signal::Traces => self.keep(format, message).await,
            Signal::Logs => {
                if let Some(logs) = &self.logs {
                    return self.keep_logs(&**logs, format, message).await;
                }
                let count = move || count_log_records(format, message);
                Ok(not_stored("log records", off_the_loop(len, count).await?))
            }
            Signal::Metrics => {
                let count = move || count_data_points(format, message);
                Ok(not_stored("data points", off_the_loop(len, count).await?))
            }
        }
    }

    async fn keep(&self, format: Format, message: Message) -> Result<Accepted, Refusal> {
        let len = message.bytes.len();
        let (Decoded { batch, rejected }, _reservation) =
            off_the_loop(len, move || decode(format, message)).await?;
        if !batch.is_empty() {
            let kept = self.store.append(batch).await;
            kept.inspect_err(|error| self.trouble.report(error))?;
        }
        Ok(Accepted {
            rejected: rejected.count(),
            message: rejected.to_string(),
        })
    }

    async fn keep_logs(
        &self,
        logs: &dyn LogStore,
        format: Format,
        message: Message,
    ) -> Result<Accepted, Refusal> {
        let len = message.bytes.len();
        let (decoded, _reservation) =
            off_the_loop(len, move || decode_logs(format, message)).await?;
        let DecodedLogs {
            batch,
            without_context,
        } = decoded;
        if !batch.is_empty() {
            let kept = logs.append_logs(batch).await;
            kept.inspect_err(|error| self.trouble.report(error))?;
        }
        // A warning, as OTLP has it: nothing was rejected.
        let message = match without_context {
            0 => String::new(),
            count => format!(
                "{count} log records name a trace or a span by an id that is none, and are kept \
                 without it"
            ),
        };
        Ok(Accepted {
            rejected: 0,
            message,
        })
    }
}

/// A request as it was sent, decompressed, with the room that it takes. They stay together, so that
/// whatever goes on when the client is gone still counts.
struct Message {
    bytes: Bytes,
    reservation: Reservation,
}

/// Reads the spans, and reserves what they take beside the request. For the entries that is known
/// only as they are read: a bound from the length alone would be 32 times as much, and refuse what fits.
fn decode(format: Format, message: Message) -> Result<(Decoded, Reservation), Refusal> {
    let (bytes, reservation) = with_room(format, message)?;
    let mut room = EntriesRoom::new(reservation);
    let decoded = match format {
        Format::Protobuf => clew_otlp::decode_traces_within(bytes, &mut |more| room.take(more))
            .map_err(Refusal::from),
        Format::Json => clew_otlp::decode_traces_json_within(bytes, &mut |more| room.take(more))
            .map_err(Refusal::from),
    };
    room.finish(decoded, |decoded| decoded.batch.entries_len())
}

/// The same of log records.
fn decode_logs(format: Format, message: Message) -> Result<(DecodedLogs, Reservation), Refusal> {
    let (bytes, reservation) = with_room(format, message)?;
    let mut room = EntriesRoom::new(reservation);
    let decoded = match format {
        Format::Protobuf => {
            clew_otlp::decode_logs_within(bytes, &mut |more| room.take(more)).map_err(Refusal::from)
        }
        Format::Json => clew_otlp::decode_logs_json_within(bytes, &mut |more| room.take(more))
            .map_err(Refusal::from),
    };
    room.finish(decoded, |decoded| decoded.batch.entries_len())
}

/// The room for the entries of a request, taken as they are read.
struct EntriesRoom {
    reservation: Reservation,
    taken: usize,
    /// Why there was none.
    refused: Option<NoRoom>,
}

impl EntriesRoom {
    fn new(reservation: Reservation) -> Self {
        Self {
            reservation,
            taken: 0,
            refused: None,
        }
    }

    fn take(&mut self, bytes: usize) -> bool {
        match self.reservation.grow(bytes) {
            Ok(()) => self.taken += bytes,
            Err(no_room) => self.refused = Some(no_room),
        }
        self.refused.is_none()
    }

    /// What was read, with the room for all of it.
    fn finish<T>(
        mut self,
        decoded: Result<T, Refusal>,
        entries_len: impl FnOnce(&T) -> usize,
    ) -> Result<(T, Reservation), Refusal> {
        if let Some(no_room) = self.refused {
            return Err(no_room.into());
        }
        let decoded = decoded?;
        let rest = entries_len(&decoded).saturating_sub(self.taken);
        self.reservation.grow(rest)?;
        Ok((decoded, self.reservation))
    }
}

/// Reserves what the reading of a request takes before anything of it is known. Protobuf is read
/// where it lies.
fn with_room(format: Format, message: Message) -> Result<(Bytes, Reservation), Refusal> {
    let Message {
        bytes,
        mut reservation,
    } = message;
    if format == Format::Json {
        reservation.grow(clew_otlp::json_memory_max(&bytes))?;
    }
    Ok((bytes, reservation))
}

fn count_log_records(format: Format, message: Message) -> Result<u64, Refusal> {
    let (bytes, _reservation) = with_room(format, message)?;
    Ok(match format {
        Format::Protobuf => clew_otlp::count_log_records(&bytes)?,
        Format::Json => clew_otlp::count_log_records_json(bytes)?,
    })
}

fn count_data_points(format: Format, message: Message) -> Result<u64, Refusal> {
    let (bytes, _reservation) = with_room(format, message)?;
    Ok(match format {
        Format::Protobuf => clew_otlp::count_data_points(&bytes)?,
        Format::Json => clew_otlp::count_data_points_json(bytes)?,
    })
}

/// So that no client believes otherwise: the request is fine, and none of it was kept.
fn not_stored(records: &str, rejected: u64) -> Accepted {
    let message = match rejected {
        0 => String::new(),
        _ => format!("{records} are not stored yet; Clew keeps traces"),
    };
    Accepted { rejected, message }
}

/// Does the work at once if it is about few bytes, else where it keeps nobody waiting.
async fn off_the_loop<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if bytes <= INLINE_BYTES_MAX {
        return work();
    }
    blocking(work).await
}

#[cfg(test)]
mod tests;
