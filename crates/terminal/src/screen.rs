//! The terminal that is written to.

/// What is assumed where there is no terminal: what fits every page and log.
const WIDTH_DEFAULT: usize = 80;
/// Narrower than this nothing can be laid out.
const WIDTH_MIN: usize = 40;

/// How many cells a line of the terminal has; 80 if standard output is not a terminal.
pub fn terminal_width() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    size.map_or(WIDTH_DEFAULT, |(width, _)| {
        usize::from(width.0).max(WIDTH_MIN)
    })
}
