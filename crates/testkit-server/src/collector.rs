//! A backend that keeps what it is sent, for tests of those who send.
//!
//! It reads OTLP as others write it down (`opentelemetry-proto`), and so knows nothing of Clew's own
//! decoder.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as StatusCodeOfSpan;
use prost::Message;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

/// Receives OTLP on a free port of 127.0.0.1, on a thread of its own, until it is dropped.
pub struct Collector {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How OTLP travels.
#[derive(Clone, Copy)]
pub enum Transport {
    /// Over gRPC.
    Grpc,
    /// In bodies of HTTP requests.
    Http,
}

/// What the collector says to a batch.
#[derive(Clone, Copy, Default)]
pub enum Answer {
    /// It keeps it.
    #[default]
    Accept,
    /// It keeps nothing and answers this, as fits the transport.
    Refuse(Code, StatusCode),
}

/// A span, with the service that has sent it.
#[derive(Debug, Clone)]
pub struct CollectedSpan {
    /// Who has sent it.
    pub resource: Resource,
    /// The span, as it came.
    pub span: Span,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Received>,
}

#[derive(Default)]
struct Received {
    spans: Vec<CollectedSpan>,
    logs: Vec<LogRecord>,
    trace_requests: usize,
    log_requests: usize,
    trace_answer: Answer,
    log_answer: Answer,
}

impl Collector {
    /// Listens on a free port.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(transport: Transport) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), transport)
    }

    /// Listens where another one has listened before.
    ///
    /// # Panics
    /// If somebody else listens there.
    pub fn start_at(address: SocketAddr, transport: Transport) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime for the collector");
        let listener = TcpListener::bind(address).expect("a free port for the collector");
        listener
            .set_nonblocking(true)
            .expect("a socket that need not block");
        let address = listener
            .local_addr()
            .expect("the address of a bound socket");
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let service = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, transport, service) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it says to spans from now on.
    pub fn answer_traces(&self, answer: Answer) {
        self.shared.lock().trace_answer = answer;
    }

    /// What it says to log records from now on.
    pub fn answer_logs(&self, answer: Answer) {
        self.shared.lock().log_answer = answer;
    }

    /// The spans that it has kept.
    pub fn spans(&self) -> Vec<CollectedSpan> {
        self.shared.lock().spans.clone()
    }

    /// The log records that it has kept.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.shared.lock().logs.clone()
    }

    /// How many requests with spans there were, refused ones included.
    pub fn trace_requests(&self) -> usize {
        self.shared.lock().trace_requests
    }

    /// How many requests with log records there were, refused ones included.
    pub fn log_requests(&self) -> usize {
        self.shared.lock().log_requests
    }

    /// Waits until it has kept `count` spans, and returns them.
    ///
    /// # Panics
    /// If they do not come within `timeout`.
    pub fn wait_for_spans(&self, count: usize, timeout: Duration) -> Vec<CollectedSpan> {
        self.wait(timeout, |received| {
            (received.spans.len() >= count).then(|| received.spans.clone())
        })
    }

    /// Waits until it has kept `count` log records, and returns them.
    ///
    /// # Panics
    /// If they do not come within `timeout`.
    pub fn wait_for_logs(&self, count: usize, timeout: Duration) -> Vec<LogRecord> {
        self.wait(timeout, |received| {
            (received.logs.len() >= count).then(|| received.logs.clone())
        })
    }

    fn wait<T>(&self, timeout: Duration, ready: impl Fn(&Received) -> Option<T>) -> T {
        let end = Instant::now() + timeout;
        loop {
            let received = self.shared.lock();
            if let Some(value) = ready(&received) {
                return value;
            }
            let (spans, logs) = (received.spans.len(), received.logs.len());
            drop(received);
            assert!(
                Instant::now() < end,
                "after {timeout:?} there are {spans} spans and {logs} log records"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// All its connections end with it, as those of a backend that is killed.
impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl CollectedSpan {
    /// The hexadecimal digits of its trace.
    pub fn trace_id(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// The hexadecimal digits of its own id.
    pub fn span_id(&self) -> String {
        hex(&self.span.span_id)
    }

    /// The hexadecimal digits of its parent, or nothing for a root.
    pub fn parent_span_id(&self) -> String {
        hex(&self.span.parent_span_id)
    }

    /// Whether its status is an error.
    pub fn is_error(&self) -> bool {
        let status = self.span.status.as_ref();
        status.is_some_and(|status| status.code() == StatusCodeOfSpan::Error)
    }

    /// The value of an attribute, as text.
    pub fn attribute(&self, key: &str) -> Option<String> {
        find(&self.span.attributes, key)
    }

    /// The value of an attribute of the resource, as text.
    pub fn resource_attribute(&self, key: &str) -> Option<String> {
        find(&self.resource.attributes, key)
    }

    /// The name of the service that has sent it, or nothing.
    pub fn service(&self) -> String {
        self.resource_attribute(clew_model::SERVICE_NAME)
            .unwrap_or_default()
    }
}

/// The hexadecimal digits of an id.
pub fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |digits, byte| {
        digits + &format!("{byte:02x}")
    })
}

fn find(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    found.value.as_ref().map(text)
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        None => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(Value::ArrayValue(array)) => {
            let values: Vec<String> = array.values.iter().map(text).collect();
            format!("[{}]", values.join(", "))
        }
        Some(other) => format!("{other:?}"),
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_traces(&self, request: ExportTraceServiceRequest) -> Answer {
        let mut received = self.lock();
        received.trace_requests += 1;
        let answer = received.trace_answer;
        if matches!(answer, Answer::Accept) {
            for group in request.resource_spans {
                let resource = group.resource.unwrap_or_default();
                let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
                received.spans.extend(spans.map(|span| CollectedSpan {
                    resource: resource.clone(),
                    span,
                }));
            }
        }
        answer
    }

    fn take_logs(&self, request: ExportLogsServiceRequest) -> Answer {
        let mut received = self.lock();
        received.log_requests += 1;
        let answer = received.log_answer;
        if matches!(answer, Answer::Accept) {
            let groups = request.resource_logs.into_iter();
            let scopes = groups.flat_map(|group| group.scope_logs);
            received
                .logs
                .extend(scopes.flat_map(|scope| scope.log_records));
        }
        answer
    }
}

async fn serve(listener: TcpListener, transport: Transport, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket of the system");
    match transport {
        Transport::Grpc => {
            tonic::transport::Server::builder()
                .add_service(TraceServiceServer::new(Grpc(Arc::clone(&shared))))
                .add_service(LogsServiceServer::new(Grpc(shared)))
                .serve_with_incoming(TcpIncoming::from(listener))
                .await
                .expect("the collector serves gRPC");
        }
        Transport::Http => {
            let app = Router::new()
                .route("/v1/traces", post(http_traces))
                .route("/v1/logs", post(http_logs))
                .with_state(shared);
            axum::serve(listener, app)
                .await
                .expect("the collector serves HTTP");
        }
    }
}

struct Grpc(Arc<Shared>);

#[tonic::async_trait]
impl TraceService for Grpc {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        match self.0.take_traces(request.into_inner()) {
            Answer::Accept => Ok(Response::new(ExportTraceServiceResponse::default())),
            Answer::Refuse(code, _) => Err(Status::new(code, "as the test asks")),
        }
    }
}

#[tonic::async_trait]
impl LogsService for Grpc {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        match self.0.take_logs(request.into_inner()) {
            Answer::Accept => Ok(Response::new(ExportLogsServiceResponse::default())),
            Answer::Refuse(code, _) => Err(Status::new(code, "as the test asks")),
        }
    }
}

async fn http_traces(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    match ExportTraceServiceRequest::decode(body) {
        Ok(request) => http_status(shared.take_traces(request)),
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn http_logs(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    match ExportLogsServiceRequest::decode(body) {
        Ok(request) => http_status(shared.take_logs(request)),
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

fn http_status(answer: Answer) -> StatusCode {
    match answer {
        Answer::Accept => StatusCode::OK,
        Answer::Refuse(_, status) => status,
    }
}
