//! What the unit tests share: a recorder of spans in the place of the process's provider.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use opentelemetry::{TraceId, Value, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_subscriber::fmt::MakeWriter;

use crate::propagation::{RootSampler, composite};
use crate::settings::Propagator;

/// Keeps all spans of the process that have ended. Each test finds its own by their trace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    spans: Arc<Mutex<Vec<SpanData>>>,
}

/// The process's recorder. The first call sets up the process as `init` would.
pub(crate) fn recorder() -> Recorder {
    static RECORDER: LazyLock<Recorder> = LazyLock::new(|| {
        let recorder = Recorder::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(RootSampler::from_env())
            .with_simple_exporter(recorder.clone())
            .build();
        global::set_tracer_provider(provider);
        let propagators = [Propagator::TraceContext, Propagator::Baggage];
        global::set_text_map_propagator(composite(&propagators));
        recorder
    });
    RECORDER.clone()
}

impl Recorder {
    /// The spans of a trace that have ended, in the order of their ends.
    pub(crate) fn trace(&self, trace_id: TraceId) -> Vec<SpanData> {
        let spans = self.spans.lock().unwrap();
        let of_trace = spans
            .iter()
            .filter(|span| span.span_context.trace_id() == trace_id);
        of_trace.cloned().collect()
    }
}

impl SpanExporter for Recorder {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        self.spans.lock().unwrap().append(&mut batch);
        Ok(())
    }
}

/// Keeps the lines that a subscriber of `tracing` prints.
#[derive(Clone, Default)]
pub(crate) struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Printed {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Serves `app` on a free port of this machine until the test ends; the URL has no slash at its end.
pub(crate) async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, service).into_future());
    url
}

/// An HTTP client that records nothing.
pub(crate) fn untraced_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The value of an attribute, as text.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span
        .attributes
        .iter()
        .find(|pair| pair.key.as_str() == key)?;
    Some(match &found.value {
        Value::String(text) => text.as_str().to_owned(),
        other => other.to_string(),
    })
}
