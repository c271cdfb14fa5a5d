//! When spans arrived, as the store counts it.

/// How many batches were appended before, in one opened store: the first has position 0. Ranges of
/// positions say what is new since somebody last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Position {
    /// Where a store begins.
    pub const START: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
