use super::*;

#[test]
fn the_demo_understands_its_own_backend() {
    let line = ready_line(16686, 4317);
    let (_, ports) = line.split_once("listening on ").unwrap();
    let ports = parse_ports(ports).unwrap();
    assert_eq!((ports.http, ports.otlp_grpc), (16686, 4317));
    for other in ["", "16686", "16686 4317 4318", "http://localhost:16686"] {
        assert!(parse_ports(other).is_none(), "{other:?}");
    }
}
