//! The 41 cases that the W3C's validation harness checks at level 2, strict, each as a test over a
//! socket: a request goes to `clew-w3c`, byte by byte as written here, and what the service then
//! sends is judged. Written from <https://www.w3.org/TR/trace-context-2/>.
//!
//! `cargo test -p clew-w3c --test w3c` shows one line per case, and their number: 41.

mod harness;
mod requests;
mod traceparent;
mod tracestate;
