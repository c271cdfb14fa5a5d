//! The demo's first service: it knows bands, and asks reviews-api for their reviews.

fn main() {}
