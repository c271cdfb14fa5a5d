//! What a proxy in front of the service says about the request that reached it.
//!
//! A caller can write these headers, too: they describe, and nothing is decided by them.
//!
//! Source: RFC 7239 for `Forwarded`; the `X-Forwarded-` headers are its unwritten forerunners.

#[cfg(test)]
mod tests;

use http::HeaderMap;

/// The first hop's view of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded<'a> {
    /// The caller's address, without a port.
    pub(crate) client: Option<&'a str>,
    /// The host that the caller asked for, perhaps with a port.
    pub(crate) host: Option<&'a str>,
    /// `http` or `https`.
    pub(crate) scheme: Option<&'a str>,
}

impl<'a> Forwarded<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let standard = header(headers, "forwarded").map(Self::parse);
        let standard = standard.unwrap_or_default();
        let first = |name| header(headers, name).map(first_of_list);
        Self {
            client: standard
                .client
                .or_else(|| first("x-forwarded-for").map(without_port)),
            host: standard.host.or_else(|| first("x-forwarded-host")),
            scheme: standard.scheme.or_else(|| first("x-forwarded-proto")),
        }
    }

    /// Reads `for=192.0.2.60;proto=https;host=example.com, for=…`, of which the first element is
    /// the hop next to the caller.
    fn parse(header: &'a str) -> Self {
        let mut forwarded = Self::default();
        for pair in first_of_list(header).split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let value = Some(value.trim().trim_matches('"'));
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => forwarded.client = value.map(without_port),
                "host" => forwarded.host = value,
                "proto" => forwarded.scheme = value,
                _ => {}
            }
        }
        forwarded
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn first_of_list(list: &str) -> &str {
    list.split(',').next().unwrap_or(list).trim()
}

/// `192.0.2.60:4711`, `[2001:db8::1]:4711` and `2001:db8::1` without port and brackets.
pub(crate) fn without_port(address: &str) -> &str {
    if let Some(bracketed) = address.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or(bracketed);
    }
    match address.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => address,
    }
}
