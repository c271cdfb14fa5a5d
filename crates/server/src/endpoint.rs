//! The three endpoints that the backend serves.

use std::fmt;
use std::net::SocketAddr;

/// One of the three, each with a port of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// OTLP over gRPC, 4317 by convention.
    OtlpGrpc,
    /// OTLP over HTTP, 4318 by convention.
    OtlpHttp,
    /// The query APIs and the UI, 16686 as with Jaeger.
    Http,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtlpGrpc => "OTLP over gRPC",
            Self::OtlpHttp => "OTLP over HTTP",
            Self::Http => "the UI and the query API",
        })
    }
}

/// One value for each endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerEndpoint<T> {
    /// That of [`Endpoint::OtlpGrpc`].
    pub otlp_grpc: T,
    /// That of [`Endpoint::OtlpHttp`].
    pub otlp_http: T,
    /// That of [`Endpoint::Http`].
    pub http: T,
}

impl PerEndpoint<Vec<SocketAddr>> {
    /// The port of each, which is one on all of its addresses.
    pub(crate) fn ports(&self) -> PerEndpoint<u16> {
        // Nothing is served without an address.
        let port = |addresses: &[SocketAddr]| addresses.first().map_or(0, SocketAddr::port);
        PerEndpoint {
            otlp_grpc: port(&self.otlp_grpc),
            otlp_http: port(&self.otlp_http),
            http: port(&self.http),
        }
    }
}

impl PerEndpoint<u16> {
    /// The ports where OpenTelemetry's SDKs send and where Jaeger's users look.
    pub const DEFAULT_PORTS: Self = Self {
        otlp_grpc: 4317,
        otlp_http: 4318,
        http: 16686,
    };

    /// A free port for each, for the operating system to choose.
    pub const FREE_PORTS: Self = Self {
        otlp_grpc: 0,
        otlp_http: 0,
        http: 0,
    };
}
