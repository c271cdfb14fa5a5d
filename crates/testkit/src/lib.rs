//! What the tests share: span builders, servers on free ports.

mod requests;

pub use requests::{batch_of, request_of};
