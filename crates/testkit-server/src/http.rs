//! An HTTP client for tests.

/// A client that keeps its connections.
///
/// # Panics
/// If the client cannot be made.
pub fn http_client() -> reqwest::Client {
    // reqwest wants a provider for TLS even where nothing uses TLS. A second call finds the first
    // one's provider in place, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("nothing about the client is special")
}
