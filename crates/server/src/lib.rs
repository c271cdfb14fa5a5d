//! The receivers, the query APIs and the web UI, over HTTP and gRPC.
