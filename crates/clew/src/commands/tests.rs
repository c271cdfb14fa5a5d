use clap::CommandFactory as _;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_port_says_what_a_port_is() {
    for command in ["serve", "demo", "demo call", "demo up"] {
        let flags = ["--http-port", "--otlp-grpc-port"];
        let more: &[&str] = match command {
            "serve" => &["--otlp-http-port"],
            "demo" => &["--otlp-http-port", "--bands-port", "--reviews-port"],
            "demo up" => &["--bands-port", "--reviews-port"],
            _ => &["--bands-port"],
        };
        for flag in flags.iter().chain(more) {
            for wrong in ["abc", "65536", "-1", ""] {
                let typed = format!("clew {command} {flag}={wrong}");
                let error = Cli::try_parse_from(typed.split(' ')).unwrap_err();
                let error = error.to_string();
                assert!(
                    error.contains(": a port is a number from 0 to 65535\n"),
                    "{typed}: {error}"
                );
            }
        }
    }
}
