use super::*;

#[test]
fn an_answer_ends_where_its_brace_closes() {
    let json = "{\n    \"reviews\": [\n    ]\n}";
    let stdout = format!("{json}\nhttp://localhost:16686/trace/0af7651916cd43dd8448eb211c80319c\n");
    let (found, band) = parse(&stdout).unwrap();
    assert_eq!(found, json);
    assert_eq!(band.reviews.len(), 0);
}

#[test]
fn what_is_no_answer_is_none() {
    for stdout in ["", "client: no", "{\n    \"error\": 1\n}\n", "\n}\n"] {
        assert!(parse(stdout).is_none(), "{stdout:?}");
    }
}

#[test]
fn the_trace_is_what_the_url_ends_with() {
    let id = "0af7651916cd43dd8448eb211c80319c";
    let found = trace_id(&format!("http://localhost:16686/trace/{id}"));
    assert_eq!(found.map(|id| id.to_string()).as_deref(), Some(id));
    assert_eq!(
        trace_id("There is no trace: the client's tracing is off."),
        None
    );
    assert_eq!(trace_id("http://localhost:16686/trace/short"), None);
}
