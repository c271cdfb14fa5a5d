//! A quick question to a service, which it answers without work.

use std::time::Duration;

use clew_model::TraceId;

/// It is on this machine and has nothing to do.
const DEADLINE: Duration = Duration::from_secs(10);
/// The header in which our services name the trace of their answer.
const TRACE_ID: &str = "trace-id";

/// Asks a service for something that it refuses at once, and returns the trace that it names in
/// its answer.
///
/// # Errors
///
/// The service does not answer.
pub(crate) async fn trace_id(url: &str) -> Result<Option<TraceId>, reqwest::Error> {
    let client = crate::http::client(DEADLINE)?;
    let response = client.get(url).send().await?;
    let header = response.headers().get(TRACE_ID);
    Ok(header.and_then(|value| value.to_str().ok()?.parse().ok()))
}
