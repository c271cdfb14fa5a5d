//! The demo's second service: it knows the reviews of a band.
