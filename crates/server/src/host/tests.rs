use super::*;

fn allow(listening: &str, names: &[&str], host: &str) -> bool {
    let listening: SocketAddr = listening.parse().unwrap();
    let names: Vec<HostName> = names.iter().map(|name| name.parse().unwrap()).collect();
    AllowedHosts::new(&[listening], &names).allow(host)
}

#[test]
fn loopback_has_many_names() {
    for host in [
        "localhost",
        "localhost:16686",
        "LOCALHOST:1",
        "localhost.",
        "clew.localhost:16686",
        "127.0.0.1:16686",
        "127.9.9.9",
        "[::1]:16686",
        "[::1]",
    ] {
        assert!(allow("127.0.0.1:16686", &[], host), "{host}");
    }
}

#[test]
fn other_names_and_addresses_are_refused() {
    for host in [
        "",
        "example.com",
        "example.com:16686",
        "localhost.example.com",
        "notlocalhost",
        "127.0.0.1.example.com",
        "10.0.0.1:16686",
        "[2001:db8::1]:16686",
        "local host",
        "localhost:port:port",
    ] {
        assert!(!allow("127.0.0.1:16686", &[], host), "{host}");
    }
}

#[test]
fn an_address_listened_on_is_allowed() {
    assert!(allow("10.0.0.1:16686", &[], "10.0.0.1:16686"));
    assert!(!allow("10.0.0.1:16686", &[], "10.0.0.2:16686"));
}

#[test]
fn listening_everywhere_allows_every_address_and_still_no_name() {
    for listening in ["0.0.0.0:16686", "[::]:16686"] {
        assert!(allow(listening, &[], "10.0.0.2:16686"), "{listening}");
        assert!(allow(listening, &[], "[2001:db8::1]"), "{listening}");
        assert!(!allow(listening, &[], "example.com"), "{listening}");
    }
}

#[test]
fn a_name_that_was_chosen_is_allowed() {
    assert!(allow("0.0.0.0:1", &["Clew"], "clew:16686"));
    assert!(allow("0.0.0.0:1", &["clew"], "CLEW.:16686"));
    assert!(!allow("0.0.0.0:1", &["clew"], "notclew:16686"));
}

#[test]
fn a_chosen_name_may_have_a_port_and_a_dot() {
    for name in ["clew.example:16686", "Clew.Example.", "clew.example.:80"] {
        assert!(allow("127.0.0.1:1", &[name], "clew.example:443"), "{name}");
    }
    for address in ["10.0.0.1", "10.0.0.1:16686"] {
        assert!(allow("127.0.0.1:1", &[address], "10.0.0.1"), "{address}");
    }
    assert!(allow("127.0.0.1:1", &["[2001:db8::1]"], "[2001:db8::1]:1"));
}

#[test]
fn what_would_never_match_is_no_name() {
    for text in [
        "",
        ".",
        ":80",
        "*.example",
        "http://clew.example",
        "clew.example/",
        "user@clew.example",
        "clew example",
    ] {
        assert_eq!(text.parse::<HostName>(), Err(NotAHostName), "{text}");
    }
}
