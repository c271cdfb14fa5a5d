//! [`Level::Query`](super::Level::Query): spans are kept and found.

mod bounds;
mod kept;
mod numbers;
mod scan;

pub use bounds::*;
pub use kept::*;
pub use numbers::*;
pub use scan::*;
