//! The sockets.

use std::net::{IpAddr, Ipv4Addr, TcpListener};

use clew_server::{BindError, Endpoint, Listen, Listeners, PerEndpoint};

fn bind(listen: &Listen, ports: PerEndpoint<u16>) -> Result<Listeners, BindError> {
    Listeners::bind(listen, &ports)
}

#[test]
fn loopback_is_both_of_its_addresses_with_one_port() {
    let listeners = bind(&Listen::Loopback, PerEndpoint::FREE_PORTS).unwrap();

    let PerEndpoint {
        otlp_grpc,
        otlp_http,
        http,
    } = listeners.addresses();
    for addresses in [&otlp_grpc, &otlp_http, &http] {
        // A machine without IPv6 has the first alone.
        let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
        let expected: &[&str] = if has_ipv6 {
            &["127.0.0.1", "::1"]
        } else {
            &["127.0.0.1"]
        };
        let ips: Vec<_> = addresses
            .iter()
            .map(|address| address.ip().to_string())
            .collect();
        assert_eq!(ips, expected);
        assert_ne!(addresses[0].port(), 0);
        assert!(
            addresses
                .iter()
                .all(|address| address.port() == addresses[0].port())
        );
    }
    assert_ne!(otlp_grpc[0].port(), otlp_http[0].port());
    assert_ne!(otlp_http[0].port(), http[0].port());
}

#[test]
fn a_taken_port_is_named_with_its_endpoint() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let free = PerEndpoint::FREE_PORTS;
    let port = address.port();
    for (ports, expected, name) in [
        (
            PerEndpoint {
                otlp_grpc: port,
                ..free
            },
            Endpoint::OtlpGrpc,
            "OTLP over gRPC",
        ),
        (
            PerEndpoint {
                otlp_http: port,
                ..free
            },
            Endpoint::OtlpHttp,
            "OTLP over HTTP",
        ),
        (
            PerEndpoint { http: port, ..free },
            Endpoint::Http,
            "the UI and the query API",
        ),
    ] {
        let error = bind(&Listen::Loopback, ports).unwrap_err();

        let text = format!("port {port} on 127.0.0.1 ({name}) is taken by another program");
        assert_eq!(error.to_string(), text);
        match error {
            BindError::PortTaken {
                endpoint,
                address: at,
            } => {
                assert_eq!((endpoint, at), (expected, address));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let elsewhere: IpAddr = "192.0.2.1".parse().unwrap(); // for documentation alone
    let listen = Listen::Addresses(vec![elsewhere]);

    let error = bind(&listen, PerEndpoint::FREE_PORTS).unwrap_err();

    assert_eq!(error.to_string(), "this machine has no address 192.0.2.1");
}

#[test]
fn chosen_addresses_are_all_bound() {
    let addresses = ["127.0.0.1", "127.0.0.2"].map(|ip| ip.parse().unwrap());

    let listeners = bind(
        &Listen::Addresses(addresses.to_vec()),
        PerEndpoint::FREE_PORTS,
    )
    .unwrap();

    let ips: Vec<_> = listeners
        .addresses()
        .http
        .iter()
        .map(std::net::SocketAddr::ip)
        .collect();
    assert_eq!(ips, addresses);
}
