//! The project's own chores: ci, tidy, the runner of the documentation.

fn main() {}
