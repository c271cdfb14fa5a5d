//! Ways to call a backend, and stores that do not do what they should.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use clew_model::{Batch, TraceId};
use clew_store::{Position, QueryContext, ReferenceStore, StoreError, TraceSnapshot, TraceStore};
use clew_testkit_server::{Backend, http_client};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

pub(crate) const PROTOBUF: &str = "application/x-protobuf";

/// `google.rpc.Status`, as the body of an error.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Status {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The body as the protobuf status of an error.
    pub(crate) fn grpc_status(&self) -> Status {
        assert_eq!(self.header("content-type"), Some(PROTOBUF));
        Status::decode(self.body.clone()).expect("the body is a status")
    }

    /// The body as the answer to an export.
    pub(crate) fn export(&self) -> ExportTraceServiceResponse {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert_eq!(self.header("content-type"), Some(PROTOBUF));
        ExportTraceServiceResponse::decode(self.body.clone()).expect("the body is an answer")
    }
}

thread_local! {
    /// Each test has a thread and a runtime of its own, and a client belongs to its runtime.
    static CLIENT: reqwest::Client = http_client();
}

fn client() -> reqwest::Client {
    CLIENT.with(Clone::clone)
}

/// Sends a request with these headers and this body.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = client().post(format!("http://{address}{path}"));
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    answer(request.body(body)).await
}

/// Sends traces as an exporter does.
pub(crate) async fn export(backend: &Backend, body: impl Into<reqwest::Body>) -> Answer {
    let headers = [("content-type", PROTOBUF)];
    post(backend.otlp_http(), "/v1/traces", &headers, body).await
}

/// Asks the query API.
pub(crate) async fn get(backend: &Backend, path: &str) -> Answer {
    let url = format!("http://{}{path}", backend.http());
    answer(client().get(url)).await
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let mut response = request.send().await.expect("the server answers");
    Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: response.bytes().await.expect("the answer is whole"),
    }
}

/// How many spans there are of this trace.
pub(crate) async fn span_count(backend: &Backend, id: TraceId) -> usize {
    let answer = get(backend, &format!("/api/traces/{id}")).await;
    if answer.status == StatusCode::NOT_FOUND {
        return 0;
    }
    let spans = &answer.json()["data"][0]["spans"];
    spans.as_array().expect("a trace has spans").len()
}

/// Sends bytes as they are on a connection of their own, and reads until it is closed.
pub(crate) async fn raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request).await.expect("it reads");
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .await
        .expect("it closes the connection");
    // A status in protobuf is not all text.
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// What a test compares a request with that it built from spans.
pub(crate) fn decode(request: &Bytes) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest::decode(request.clone()).expect("the testkit encodes well")
}

/// A store that lets an append in when it is given a permit, and counts those that wait.
#[derive(Debug)]
pub(crate) struct GatedStore {
    inner: ReferenceStore,
    pub(crate) arrived: Semaphore,
    pub(crate) gate: Semaphore,
}

impl GatedStore {
    /// One that lets nobody in yet.
    pub(crate) fn closed() -> Arc<Self> {
        Arc::new(Self {
            inner: ReferenceStore::new(),
            arrived: Semaphore::new(0),
            gate: Semaphore::new(0),
        })
    }

    /// Waits until so many appends have come.
    pub(crate) async fn wait_for(&self, appends: u32) {
        let permits = self.arrived.acquire_many(appends).await;
        permits.expect("nobody closes it").forget();
    }
}

#[async_trait::async_trait]
impl TraceStore for GatedStore {
    async fn append(&self, batch: Batch) -> Result<Position, StoreError> {
        self.arrived.add_permits(1);
        let permit = self.gate.acquire().await.expect("nobody closes it");
        permit.forget();
        self.inner.append(batch).await
    }

    async fn snapshot(&self, context: QueryContext) -> Result<Arc<dyn TraceSnapshot>, StoreError> {
        self.inner.snapshot(context).await
    }
}

/// A store on a disk that fails.
#[derive(Debug)]
pub(crate) struct FailingStore(pub(crate) fn() -> StoreError);

#[async_trait::async_trait]
impl TraceStore for FailingStore {
    async fn append(&self, _: Batch) -> Result<Position, StoreError> {
        Err(self.0())
    }

    async fn snapshot(&self, _: QueryContext) -> Result<Arc<dyn TraceSnapshot>, StoreError> {
        Err(self.0())
    }
}

/// What a full disk makes of an append.
pub(crate) fn full() -> StoreError {
    StoreError::TryLater {
        reason: "the disk is full".to_owned(),
    }
}

/// What a broken disk makes of a read.
pub(crate) fn broken() -> StoreError {
    StoreError::Corrupt {
        what: "a checksum does not match".to_owned(),
    }
}
