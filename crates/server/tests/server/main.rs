//! The server over real sockets: what an OTLP receiver owes its clients, what Jaeger's clients
//! expect, and what keeps others out.

mod clew;
mod grpc;
mod host;
mod http;
mod jaeger;
mod jaeger_v3;
mod json;
mod limits;
mod listen;
mod logs;
mod logs_live;
mod misdirected;
mod partial_success;
mod services;
mod shutdown;
mod support;
