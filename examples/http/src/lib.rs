//! What the examples share and tracing does not touch: a listener on loopback and an HTTP
//! client.

mod listener;

use std::time::Duration;

pub use listener::{BindError, Loopback};

/// An HTTP client that gives up on a call after `timeout`.
///
/// # Panics
/// If the machine's HTTP client cannot be set up at all, as [`reqwest::Client::new`] does.
pub fn client(timeout: Duration) -> reqwest::Client {
    // reqwest is built without a choice of cryptography, so that nothing but Rust needs to be
    // installed; somebody else may have chosen already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(
        clippy::expect_used,
        reason = "no option set here can fail, and `reqwest::Client::new` panics likewise"
    )]
    reqwest::Client::builder()
        .timeout(timeout)
        // Who is called is on this machine, where no proxy would find it.
        .no_proxy()
        .build()
        .expect("an HTTP client with no options but a timeout")
}

/// Waits until somebody asks the process to stop: Ctrl-C, or SIGTERM.
async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the signal ends the process by itself.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => (),
        () = terminate() => (),
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
