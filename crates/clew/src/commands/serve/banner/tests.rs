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
fn picked_ports_stand_in_a_line_for_scripts() {
    let banner = Banner {
        addresses: addresses("10.0.0.1", [1, 2, 3]),
        ports_were_picked: true,
        data_dir: None,
    };

    check(
        &banner,
        "Clew is ready.

  Traces          http://10.0.0.1:3
  OTLP over gRPC  http://10.0.0.1:1
  OTLP over HTTP  http://10.0.0.1:2
  Data            in memory, gone when this ends

Ctrl-C stops it.
ports: otlp-grpc=1 otlp-http=2 http=3",
    );
}
