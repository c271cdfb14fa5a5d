//! When to stop.

use std::io;

/// What a shell expects of a process that Ctrl-C has ended.
pub(crate) const EXIT_INTERRUPTED: u8 = 130;

/// Completes on Ctrl-C, and where there is one on SIGTERM, which Docker and systemd send. From
/// this call on neither ends the process by itself.
pub(crate) fn signal() -> io::Result<impl Future<Output = ()>> {
    let mut signals = Signals::listen()?;
    Ok(async move { signals.next().await })
}

/// Runs what stops by itself on the first [`signal`], or `None`: a second one came before it was
/// done, and it was dropped.
pub(crate) async fn unless_insisted<F: Future>(run: F) -> io::Result<Option<F::Output>> {
    let mut signals = Signals::listen()?;
    let second = async {
        signals.next().await;
        signals.next().await;
    };
    tokio::select! {
        output = run => Ok(Some(output)),
        () = second => Ok(None),
    }
}

/// Ctrl-C and SIGTERM, from here on.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C, from here on.
#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        let interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(Self { interrupt })
    }

    async fn next(&mut self) {
        let _ = self.interrupt.recv().await;
    }
}
