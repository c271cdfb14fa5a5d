//! The durable store on the local disk: write-ahead log, head, segments.
