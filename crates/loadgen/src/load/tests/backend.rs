//! A backend of other people's code: prost, tonic, axum.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::Protocol;

/// More than any request of the tests has.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// What becomes of a request.
pub(super) enum Answer {
    Take,
    Reject(i64, &'static str),
    Later,
    LaterIn(Duration),
    Exhausted,
    Never(&'static str),
}

/// What has come, and what to answer.
#[derive(Default)]
pub(super) struct FakeBackend(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    answers: VecDeque<Answer>,
    requests: u64,
    bytes: u64,
    spans: HashSet<(Vec<u8>, Vec<u8>)>,
}

impl FakeBackend {
    /// Starts one on a free port, with answers to the first requests, and returns its URL.
    pub(super) async fn start(protocol: Protocol, answers: Vec<Answer>) -> (Arc<Self>, String) {
        let backend = Arc::new(Self::default());
        backend.0.lock().unwrap().answers = answers.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        match protocol {
            Protocol::Grpc => {
                let service = TraceServiceServer::from_arc(Arc::clone(&backend))
                    .max_decoding_message_size(REQUEST_BYTES_MAX);
                let server = tonic::transport::Server::builder().add_service(service);
                tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
            }
            Protocol::HttpProtobuf => {
                let router = axum::Router::new()
                    .route("/v1/traces", post(receive))
                    .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
                    .with_state(Arc::clone(&backend));
                tokio::spawn(async { axum::serve(listener, router).await });
            }
        }
        (backend, endpoint)
    }

    pub(super) fn requests(&self) -> u64 {
        self.0.lock().unwrap().requests
    }

    /// Of the requests that were taken.
    pub(super) fn bytes(&self) -> u64 {
        self.0.lock().unwrap().bytes
    }

    pub(super) fn distinct_spans(&self) -> u64 {
        self.0.lock().unwrap().spans.len() as u64
    }

    fn answer(&self, request: &ExportTraceServiceRequest) -> Answer {
        let mut seen = self.0.lock().unwrap();
        seen.requests += 1;
        let answer = seen.answers.pop_front().unwrap_or(Answer::Take);
        if let Answer::Take | Answer::Reject(..) = answer {
            seen.bytes += request.encoded_len() as u64;
            let scopes = request.resource_spans.iter().flat_map(|r| &r.scope_spans);
            for span in scopes.flat_map(|scope| &scope.spans) {
                let id = (span.trace_id.clone(), span.span_id.clone());
                assert!(seen.spans.insert(id), "a span came twice");
            }
        }
        answer
    }
}

fn response(rejected_spans: i64, message: &str) -> ExportTraceServiceResponse {
    ExportTraceServiceResponse {
        partial_success: Some(ExportTracePartialSuccess {
            rejected_spans,
            error_message: message.to_owned(),
        }),
    }
}

#[tonic::async_trait]
impl TraceService for FakeBackend {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, Status> {
        let later = |delay| {
            let details = ErrorDetails::with_retry_info(delay);
            Status::with_error_details(Code::ResourceExhausted, "later", details)
        };
        match self.answer(request.get_ref()) {
            Answer::Take => Ok(ExportTraceServiceResponse::default().into()),
            Answer::Reject(count, message) => Ok(response(count, message).into()),
            Answer::Later => Err(Status::unavailable("later")),
            Answer::LaterIn(delay) => Err(later(Some(delay))),
            Answer::Exhausted => Err(Status::resource_exhausted("too large")),
            Answer::Never(message) => Err(Status::invalid_argument(message)),
        }
    }
}

async fn receive(
    State(backend): State<Arc<FakeBackend>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
    let status = |message: &str| {
        let status = tonic_types::Status {
            message: message.to_owned(),
            ..tonic_types::Status::default()
        };
        status.encode_to_vec()
    };
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    match backend.answer(&request) {
        Answer::Take => Vec::new().into_response(),
        Answer::Reject(count, message) => response(count, message).encode_to_vec().into_response(),
        Answer::Later => (StatusCode::SERVICE_UNAVAILABLE, status("later")).into_response(),
        Answer::LaterIn(delay) => {
            let after = [(header::RETRY_AFTER, delay.as_secs().to_string())];
            (StatusCode::TOO_MANY_REQUESTS, after, status("later")).into_response()
        }
        Answer::Exhausted => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Answer::Never(message) => (StatusCode::BAD_REQUEST, status(message)).into_response(),
    }
}
