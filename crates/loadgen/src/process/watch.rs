//! The memory of a process over time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::WatchedProcess;

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// Watches the anonymous memory of a process, on a thread of its own.
#[derive(Debug)]
pub struct MemoryWatch {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Vec<u64>>,
}

impl MemoryWatch {
    /// Begins to watch.
    pub fn start(process: &WatchedProcess) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (process, stop) = (process.clone(), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || watch(&process, &stop));
        Self { is_over, thread }
    }

    /// For each second the most bytes that were seen.
    pub fn finish(self) -> Vec<u64> {
        self.is_over.store(true, Ordering::Relaxed);
        // The thread does nothing that panics.
        self.thread.join().unwrap_or_default()
    }
}

fn watch(process: &WatchedProcess, is_over: &AtomicBool) -> Vec<u64> {
    let start = Instant::now();
    let mut seconds = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let Ok(memory) = process.memory() else {
            break;
        };
        let second = usize::try_from(start.elapsed().as_secs()).unwrap_or(usize::MAX);
        while seconds.len() <= second {
            seconds.push(0);
        }
        seconds[second] = memory.anonymous.max(seconds[second]);
        std::thread::sleep(INTERVAL);
    }
    seconds
}
