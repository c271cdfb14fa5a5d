use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

fn router_of(grpc_port: u16, http_port: u16) -> Router {
    let at = |port| vec![SocketAddr::from(([127, 0, 0, 1], port))];
    router(&PerEndpoint {
        otlp_grpc: at(grpc_port),
        otlp_http: at(http_port),
        http: at(16686),
    })
}

async fn get_with(path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router_of(4317, 4318)
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

async fn get_path(path: &str) -> Response<Body> {
    get_with(path, &[]).await
}

async fn body_of(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn every_page_is_the_same_document() {
    let root = body_of(get_path("/").await).await;
    assert!(root.contains(r#"<div id="app">"#));
    for path in [
        "/search?service=a",
        "/logs?severity=warn",
        "/services?last=6h",
        "/compare?before=1",
        "/trace/4bf92f3577b34da6a3ce929d0e0e4736",
    ] {
        let response = get_path(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            header(&response, "content-type"),
            "text/html; charset=utf-8"
        );
        assert_eq!(body_of(response).await, root, "{path}");
    }
}

#[tokio::test]
async fn the_page_names_the_ports_of_the_receivers() {
    let get_root = || Request::get("/").body(Body::empty()).unwrap();
    let usual = router_of(4317, 4318).oneshot(get_root()).await.unwrap();
    let other = router_of(5317, 5318).oneshot(get_root()).await.unwrap();
    assert_ne!(header(&usual, "etag"), header(&other, "etag"));
    let html = body_of(other).await;
    assert!(html.contains(r#"<meta name="clew-otlp-grpc-port" content="5317">"#));
    assert!(html.contains(r#"<meta name="clew-otlp-http-port" content="5318">"#));
}

#[tokio::test]
async fn unknown_paths_get_the_page_with_404() {
    let response = get_path("/no/such/page").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(body_of(response).await.contains(r#"<div id="app">"#));
}

#[tokio::test]
async fn the_policy_allows_the_import_map_and_no_other_inline_script() {
    let response = get_path("/").await;
    let policy = header(&response, "content-security-policy").to_owned();
    let html = body_of(response).await;

    let (_, from) = html.split_once(r#"<script type="importmap">"#).unwrap();
    let (map, _) = from.split_once("</script>").unwrap();
    let file = Files::get("importmap.json").unwrap();
    assert_eq!(map.as_bytes(), &*file.data);
    let hash = BASE64.encode(file.metadata.sha256_hash());
    assert!(
        policy.contains(&format!("script-src 'self' 'sha256-{hash}';")),
        "{policy}"
    );
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    // Whatever else is a script comes from a file.
    assert_eq!(html.matches("<script").count(), 2);
    assert!(html.contains(r#"<script type="module" src="/static/app.js">"#));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    for path in ["/", "/static/app.js", "/static/missing.js", "/missing"] {
        let response = get_path(path).await;
        assert_eq!(
            header(&response, "x-content-type-options"),
            "nosniff",
            "{path}"
        );
        assert_eq!(header(&response, "x-frame-options"), "DENY", "{path}");
        assert_eq!(
            header(&response, "referrer-policy"),
            "no-referrer",
            "{path}"
        );
    }
}

#[tokio::test]
async fn everything_that_the_import_map_and_the_page_name_is_there() {
    let html = body_of(get_path("/").await).await;
    let paths: Vec<_> = html
        .split('"')
        .filter(|part| part.starts_with("/static/"))
        .collect();
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths {
        assert_eq!(get_path(path).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn files_have_their_media_types() {
    for (path, expected) in [
        ("/static/app.js", "text/javascript; charset=utf-8"),
        (
            "/static/vendor/preact/preact.mjs",
            "text/javascript; charset=utf-8",
        ),
        ("/static/app.css", "text/css; charset=utf-8"),
        ("/static/favicon.svg", "image/svg+xml"),
        ("/static/vendor/preact/LICENSE", "text/plain; charset=utf-8"),
    ] {
        let response = get_path(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), expected, "{path}");
    }
}

#[tokio::test]
async fn a_client_with_the_current_version_is_told_so() {
    for path in ["/", "/static/app.js"] {
        let first = get_path(path).await;
        let etag = header(&first, "etag").to_owned();
        for asked in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"old\", {etag}"),
            "*".into(),
        ] {
            let again = get_with(path, &[("if-none-match", &asked)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path} {asked}");
            assert_eq!(body_of(again).await, "");
        }
        let stale = get_with(path, &[("if-none-match", "\"old\"")]).await;
        assert_eq!(stale.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn nothing_outside_of_the_listed_files_is_served() {
    for path in [
        "/static/package.json",
        "/static/lib/text.js",
        "/static/styles/base.css",
        "/static/test/unit/tree.test.mjs",
        "/static/node_modules/preact/package.json",
        "/static/../Cargo.toml",
        "/static/%2e%2e/Cargo.toml",
        "/static//etc/passwd",
        "/static/",
    ] {
        assert_eq!(
            get_path(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn nothing_can_run_in_a_file_that_is_shown_as_a_page() {
    assert_eq!(
        get_path("/static/index.html").await.status(),
        StatusCode::NOT_FOUND
    );
    for path in ["/static/favicon.svg", "/static/app.js", "/static/app.css"] {
        let response = get_path(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = header(&response, "content-security-policy");
        assert_eq!(policy, "default-src 'none'", "{path}");
    }
}

/// All that the UI is, as a browser gets it: a promise to those with a slow line.
const ALL_BYTES_MAX: usize = 300_000;

#[tokio::test]
async fn all_of_the_ui_is_small_over_the_wire() {
    let mut bytes = 0;
    let paths = SERVED.keys().map(|path| format!("/static/{path}"));
    for path in paths.chain(["/".to_owned()]) {
        let response = get_with(&path, &[("accept-encoding", "br, gzip;q=0.5")]).await;
        assert_eq!(header(&response, "content-encoding"), "gzip", "{path}");
        bytes += response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .len();
    }
    println!("{bytes} bytes over the wire");
    assert!(bytes < ALL_BYTES_MAX, "{bytes} bytes");
}

#[tokio::test]
async fn gzip_is_for_those_who_ask_for_it() {
    use std::io::Read as _;

    let path = "/static/app.js";
    let plain = get_path(path).await;
    let packed = get_with(path, &[("accept-encoding", "gzip, deflate")]).await;
    assert_eq!(header(&packed, "vary"), "accept-encoding");
    assert_eq!(
        header(&packed, "content-type"),
        header(&plain, "content-type")
    );
    let (tag, plain_tag) = (
        header(&packed, "etag").to_owned(),
        header(&plain, "etag").to_owned(),
    );
    assert_ne!(tag, plain_tag);
    let body = packed.into_body().collect().await.unwrap().to_bytes();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&body[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, body_of(plain).await);

    for (accepted, tag, status) in [
        ("gzip", &tag, StatusCode::NOT_MODIFIED),
        ("gzip", &plain_tag, StatusCode::OK),
        ("identity", &plain_tag, StatusCode::NOT_MODIFIED),
    ] {
        let headers = [
            ("accept-encoding", accepted),
            ("if-none-match", tag.as_str()),
        ];
        assert_eq!(
            get_with(path, &headers).await.status(),
            status,
            "{accepted}"
        );
    }
    for refused in ["", "br", "gzip;q=0", "x-gzip"] {
        let response = get_with(path, &[("accept-encoding", refused)]).await;
        assert!(
            !response.headers().contains_key("content-encoding"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn the_page_of_a_trace_has_the_browser_ask_for_it_at_once() {
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let response = get_path(&format!("/trace/{id}")).await;
    assert_eq!(
        header(&response, "link"),
        format!("</api/clew/v1/traces/{id}/lines>; rel=preload; as=fetch; crossorigin=anonymous")
    );
    for path in [
        "/",
        "/trace/1",
        "/trace/4BF92F3577B34DA6A3CE929D0E0E4736",
        "/trace/4bf92f3577b34da6a3ce929d0e0e473%3E",
        "/trace/00000000000000000000000000000000",
        "/trace/%FF",
    ] {
        let response = get_path(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(response.headers().get("link").is_none(), "{path}");
    }
}
