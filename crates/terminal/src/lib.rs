//! What a terminal shows: waterfalls, tables, progress, colour.
//!
//! Everything is made of [`Line`]s, which take the text of spans as the hostile input that it is.
//! Building them is pure; writing them to `anstream`'s streams leaves the colours out where the
//! output is not a terminal or `NO_COLOR` is set.

mod duration;
mod line;
mod progress;
mod prose;
mod screen;
mod spinner;
pub mod style;
mod table;
pub mod text;
mod waterfall;

pub use duration::duration;
pub use line::Line;
pub use progress::Progress;
pub use prose::{Edit, listing, paragraph};
pub use screen::terminal_width;
pub use spinner::Spinner;
pub use style::Palette;
pub use table::table;
pub use waterfall::{Waterfall, trace_duration};
