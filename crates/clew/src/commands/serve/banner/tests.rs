use super::*;

fn addresses(host: &str, ports: [u16; 3]) -> PerEndpoint<Vec<SocketAddr>> {
    let address = |port| vec![format!("{host}:{port}").parse().unwrap()];
    PerEndpoint {
        otlp_grpc: address(ports[0]),
        otlp_http: address(ports[1]),
        http: address(ports[2]),
    }
}

fn check(banner: &Banner, expected: &str) {
    assert_eq!(
        anstream::adapter::strip_str(&banner.to_string()).to_string(),
        expected
    );
}

#[test]
fn usual_ports() {
    let banner = Banner {
        addresses: addresses("127.0.0.1", [4317, 4318, 16686]),
        ports_were_picked: false,
        data_dir: Some("/home/anna/.local/share/clew".into()),
        network_address: None,
    };

    check(
        &banner,
        "Clew is ready.

  Traces          http://localhost:16686
  OTLP over gRPC  http://localhost:4317
  OTLP over HTTP  http://localhost:4318
  Data            /home/anna/.local/share/clew

Ctrl-C stops it.",
    );
}

#[test]
fn picked_ports_are_in_a_line_for_scripts() {
    let banner = Banner {
        addresses: addresses("10.0.0.1", [1, 2, 3]),
        ports_were_picked: true,
        data_dir: None,
        network_address: None,
    };

    check(
        &banner,
        "Clew is ready.

  Traces          http://10.0.0.1:3
  OTLP over gRPC  http://10.0.0.1:1
  OTLP over HTTP  http://10.0.0.1:2
  Data            in memory, gone when this ends

warning: there is no password: anyone on the network can read and write

Ctrl-C stops it.
ports: otlp-grpc=1 otlp-http=2 http=3",
    );
}

#[test]
fn a_backend_for_the_network_says_where_others_reach_it() {
    let banner = Banner {
        addresses: addresses("0.0.0.0", [4317, 4318, 16686]),
        ports_were_picked: false,
        data_dir: None,
        network_address: Some("192.168.1.7".parse().unwrap()),
    };

    check(
        &banner,
        "Clew is ready.

  Traces          http://localhost:16686
                  http://192.168.1.7:16686
  OTLP over gRPC  http://localhost:4317
                  http://192.168.1.7:4317
  OTLP over HTTP  http://localhost:4318
                  http://192.168.1.7:4318
  Data            in memory, gone when this ends

warning: there is no password: anyone on the network can read and write

Ctrl-C stops it.",
    );
}

#[test]
fn every_address_is_shown_once() {
    let both = ["127.0.0.1:1", "[::1]:1", "[fe80::1]:1"];
    let both = both.map(|address| address.parse().unwrap());
    let banner = Banner {
        addresses: addresses("127.0.0.1", [1, 2, 3]),
        ports_were_picked: false,
        data_dir: None,
        network_address: None,
    };

    assert_eq!(
        banner.urls(&both),
        ["http://localhost:1", "http://[fe80::1]:1"]
    );
}
