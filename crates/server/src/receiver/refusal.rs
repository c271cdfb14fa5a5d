//! Why a request was not accepted, and what each transport says then.
//!
//! The codes follow OTLP's specification, and where it leaves a choice what exporters do with
//! them: they drop the batch on 400, 404, 413 and 500, and send it again on 503.

use std::time::Duration;

use clew_otlp::{DecodeError, JsonError};
use clew_store::StoreError;
use http::StatusCode;
use tonic::Code;

use crate::host::WrongHost;
use crate::in_flight::NoRoom;

/// When to come again if there was no room. Python's exporter gives up after 10 s in all, and a
/// burst is over long before that.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a request was not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The bytes are not what they should be.
    #[error("the request is not OTLP: {0}")]
    NotOtlp(#[from] DecodeError),
    /// The bytes do not inflate.
    #[error("the body is not valid gzip: {0}")]
    NotGzip(std::io::Error),
    /// The body ended early, or its framing is broken.
    #[error("the body could not be read to its end: {0}")]
    Broken(String),
    /// The text is not what it should be.
    #[error(transparent)]
    NotOtlpJson(#[from] JsonError),
    /// The body is of another type altogether.
    #[error(
        "the content type {0:?} is not OTLP; send \"application/x-protobuf\" or \"application/json\""
    )]
    ContentType(String),
    /// A gRPC route was called without gRPC.
    #[error(
        "the content type {0:?} is not gRPC; send \"application/grpc\", or OTLP over HTTP to /v1/traces"
    )]
    NotGrpc(String),
    /// A gRPC call carries its messages in another format.
    #[error(
        "the content type {0:?} is not understood; send \"application/grpc\", whose messages are protobuf"
    )]
    GrpcFormat(String),
    /// The backend was called by a name that it does not answer to.
    #[error(transparent)]
    Host(#[from] WrongHost),
    /// The body is compressed in another way.
    #[error("the content encoding {0:?} is not understood; send \"gzip\" or \"identity\"")]
    ContentEncoding(String),
    /// The method is not POST.
    #[error("only POST is understood here")]
    Method,
    /// Nothing is received there.
    #[error("nothing is received at {0:?}; OTLP goes to /v1/traces, /v1/logs and /v1/metrics")]
    Path(String),
    /// The endpoint is not one of the receivers'.
    #[error(
        "this is the port of Clew's UI and query API; send OTLP to port {http_port} over HTTP or \
         to port {grpc_port} over gRPC"
    )]
    Elsewhere { grpc_port: u16, http_port: u16 },
    /// A unary call of gRPC carries one message, and this had another number of them.
    #[error("an export call takes exactly one message")]
    NotUnary,
    /// The limit on one request.
    #[error(
        "the request has more than {bytes_max} bytes before or after decompression; \
         send smaller batches"
    )]
    TooLarge { bytes_max: usize },
    /// The limit on all requests together, met by one alone.
    #[error(
        "the request takes more than {bytes_max} bytes of memory with what is read of it; \
         send smaller batches"
    )]
    TooMuchMemory { bytes_max: usize },
    /// The limit on all requests together.
    #[error("too much is being received at the moment; try again")]
    NoRoom,
    /// The client stopped sending in the middle.
    #[error("nothing more of the request arrived for {0:?}; try again")]
    Stalled(Duration),
    /// The client sends too slowly to be waited for.
    #[error("the request did not arrive within {0:?}; try again")]
    TooSlow(Duration),
    /// The store could not keep the spans. Why is not for everyone who can send: it names files.
    #[error(
        "the store cannot keep what was sent just now, and Clew's log says why; try again later"
    )]
    Store(#[from] StoreError),
}

impl Refusal {
    /// What HTTP says.
    pub(super) fn http_status(&self) -> StatusCode {
        match self {
            Self::NotOtlp(_)
            | Self::NotOtlpJson(_)
            | Self::NotGzip(_)
            | Self::Broken(_)
            | Self::Host(WrongHost::Missing)
            | Self::NotUnary => StatusCode::BAD_REQUEST,
            Self::ContentType(_)
            | Self::NotGrpc(_)
            | Self::GrpcFormat(_)
            | Self::ContentEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Host(WrongHost::Unknown(_)) => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Path(_) | Self::Elsewhere { .. } => StatusCode::NOT_FOUND,
            Self::TooLarge { .. } | Self::TooMuchMemory { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoRoom | Self::Stalled(_) | Self::TooSlow(_) | Self::Store(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// What gRPC says.
    pub(super) fn grpc_code(&self) -> Code {
        match self {
            Self::NotOtlp(_) | Self::NotOtlpJson(_) | Self::NotGzip(_) | Self::Broken(_) => {
                Code::InvalidArgument
            }
            Self::Host(_) => Code::PermissionDenied,
            Self::ContentType(_)
            | Self::NotGrpc(_)
            | Self::GrpcFormat(_)
            | Self::ContentEncoding(_)
            | Self::Method
            | Self::Path(_)
            | Self::Elsewhere { .. }
            | Self::NotUnary => Code::Unimplemented,
            Self::TooLarge { .. } | Self::TooMuchMemory { .. } => Code::ResourceExhausted,
            Self::NoRoom | Self::Stalled(_) | Self::TooSlow(_) | Self::Store(_) => {
                Code::Unavailable
            }
        }
    }

    /// When the same request may be sent again; `None` if that would not help.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoRoom | Self::Stalled(_) | Self::TooSlow(_) | Self::Store(_) => {
                Some(RETRY_AFTER)
            }
            _ => None,
        }
    }

    /// `google.rpc.Status`, the body of the answer in both transports.
    pub(super) fn encode(&self) -> bytes::Bytes {
        clew_otlp::encode_status(
            self.grpc_code() as i32,
            &self.to_string(),
            self.retry_after(),
        )
    }
}

impl From<NoRoom> for Refusal {
    fn from(no_room: NoRoom) -> Self {
        match no_room {
            NoRoom::Now => Self::NoRoom,
            NoRoom::Ever { bytes_max } => Self::TooMuchMemory { bytes_max },
        }
    }
}
