//! Where a backend takes spans.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// How spans go over the wire. The names are those of OpenTelemetry's `OTEL_EXPORTER_OTLP_PROTOCOL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// gRPC, on port 4317 by default.
    Grpc,
    /// Protobuf over HTTP/1.1, on port 4318 by default.
    HttpProtobuf,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
}

impl Signal {
    /// The path of OTLP over HTTP.
    fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
        }
    }
}

impl Protocol {
    /// Where a backend on this machine listens if it was not told otherwise.
    pub fn default_endpoint(self) -> &'static str {
        match self {
            Self::Grpc => "http://127.0.0.1:4317",
            Self::HttpProtobuf => "http://127.0.0.1:4318",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
        })
    }
}

/// No protocol has this name.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither grpc nor http/protobuf")]
pub struct UnknownProtocol(String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(name: &str) -> Result<Self, UnknownProtocol> {
        match name {
            "grpc" => Ok(Self::Grpc),
            "http/protobuf" => Ok(Self::HttpProtobuf),
            _ => Err(UnknownProtocol(name.to_owned())),
        }
    }
}

/// Which machines may be addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This one: load that was meant for it cannot hit another by a slip of the keyboard.
    Loopback,
    /// Any.
    Anywhere,
}

/// The URL of a server that may be addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why a text is not an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The text is no URL.
    #[error("`{text}` is no URL such as http://127.0.0.1:4317")]
    NotAUrl {
        /// The text.
        text: String,
        /// What is wrong with it.
        source: url::ParseError,
    },
    /// The scheme is not spoken.
    #[error("`{0}` does not start with http://; encryption is not supported")]
    NotHttp(Url),
    /// It is on another machine.
    #[error("{0} is not on this machine; --allow-remote sends there nevertheless")]
    Remote(Url),
}

impl Endpoint {
    /// The endpoint that the URL names.
    ///
    /// # Errors
    /// If it is no URL, none of plain HTTP, or out of reach.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, EndpointError> {
        let url = Url::parse(text).map_err(|source| EndpointError::NotAUrl {
            text: text.to_owned(),
            source,
        })?;
        if url.scheme() != "http" {
            return Err(EndpointError::NotHttp(url));
        }
        if reach == Reach::Loopback && !is_loopback(&url) {
            return Err(EndpointError::Remote(url));
        }
        Ok(Self(url))
    }

    /// The URL as it was given.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Where this signal is posted: the URL itself if it has a path.
    pub fn url_of(&self, signal: Signal) -> Url {
        let mut url = self.0.clone();
        if url.path() == "/" {
            url.set_path(signal.path());
        }
        url
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// By what is written there, not by what a name server says of it.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
