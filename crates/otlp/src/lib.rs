//! OTLP on the wire: from protobuf bytes to a checked batch, and the answers back.
