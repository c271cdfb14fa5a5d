//! Realistic load for any OTLP backend, and measurement of what the backend makes of it.
//!
//! [`Corpus`] makes the spans: the reference corpus on which all of Clew's figures are taken.

mod corpus;

pub use corpus::{Corpus, Requests, SPANS_PER_REQUEST, SPANS_PER_SECOND, Traces};
