//! The demo's own HTTP client.

use std::time::Duration;

/// A client for this machine: whatever proxy there is has no business between the demo and its
/// services.
pub(crate) fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    // reqwest is built without a choice of cryptography; somebody may have made one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .timeout(timeout)
        .build()
}
