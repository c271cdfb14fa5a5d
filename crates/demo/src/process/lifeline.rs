//! What keeps a child of the demo alive: the pipe that is its standard input.
//!
//! The demo holds the other end and never writes to it. When the demo ends, even by `kill -9`, the
//! system closes that end, and the child reads the end of its input. Signals would not do: nobody
//! can send one after it was killed.

use std::io;

use tokio::sync::oneshot;

/// Runs the future until it is done (`Some`), or until standard input ends (`None`).
pub async fn while_attached<F: Future>(future: F) -> Option<F::Output> {
    tokio::select! {
        output = future => Some(output),
        () = input_end() => None,
    }
}

async fn input_end() {
    let (sender, ended) = oneshot::channel::<()>();
    // A thread of its own: a runtime waits for its blocking tasks when it shuts down, and nothing
    // can interrupt this one.
    std::thread::spawn(move || {
        let _end_or_error = io::copy(&mut io::stdin(), &mut io::sink());
        drop(sender);
    });
    // The thread sends nothing: it only lets go.
    let _ = ended.await;
}
