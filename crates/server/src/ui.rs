//! The web UI: the files of `ui/`, embedded in the binary, and served as one script and one sheet.
//!
//! What a page shows comes from spans, which are hostile input (promise U1). The scripts never turn
//! a value into markup, and the headers here make the browser refuse what would slip through: no
//! script but ours, no inline script or style, no markup from strings (Trusted Types), no frames,
//! no request to any other origin.

mod bundle;
mod gzip;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use clew_model::TraceId;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LINK, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::PerEndpoint;
use gzip::{accepts_gzip, gzip};

/// What the browser loads; tests and tools of `ui/` stay outside.
#[derive(RustEmbed)]
#[folder = "../../ui/"]
#[include = "index.html"]
#[include = "importmap.json"]
#[include = "favicon.svg"]
#[include = "app.js"]
#[include = "compare/*.js"]
#[include = "flame/*.js"]
#[include = "graph/*.js"]
#[include = "learn/*.js"]
#[include = "lib/*.js"]
#[include = "logs/*.js"]
#[include = "pages/*.js"]
#[include = "propagation/*.js"]
#[include = "saved/*.js"]
#[include = "search/*.js"]
#[include = "services/*.js"]
#[include = "table/*.js"]
#[include = "trace/*.js"]
#[include = "styles/*.css"]
#[include = "vendor/*"]
struct Files;

/// The page itself.
const INDEX: &str = "index.html";

/// The line of `index.html` that gives way to what only the server knows.
const HEAD_MARK: &str = "<!-- server: the ports of the receivers and the import map stand here -->";

/// Headers that every answer carries.
const FIXED_HEADERS: [(HeaderName, HeaderValue); 6] = [
    // Ask every time, and mostly hear "not modified": an upgrade shows at once.
    (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (
        http::header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        http::header::X_FRAME_OPTIONS,
        HeaderValue::from_static("DENY"),
    ),
    // Trace ids and searches stand in addresses and go nowhere else.
    (
        http::header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// The pages of the UI and what they load: `/`, `/search`, `/compare`, `/learn`, `/logs`, `/services`, `/trace/{id}` and `/static/…`.
/// Any other path gets the page too, which says that there is nothing there, with status 404.
/// Someone who has no spans yet reads at which of `addresses` to send them.
pub(crate) fn router(addresses: &PerEndpoint<Vec<SocketAddr>>) -> Router {
    let page = Arc::new(Page::new(addresses));
    let found = {
        let page = Arc::clone(&page);
        move |headers: HeaderMap| async move { page.answer(&headers) }
    };
    let trace = {
        let page = Arc::clone(&page);
        // Whatever stands there gets the page, which says what is wrong with it.
        move |id: Result<Path<String>, PathRejection>, headers: HeaderMap| async move {
            let mut response = page.answer(&headers);
            if let Some(link) = id.ok().and_then(|Path(id)| lines_preload(&id)) {
                response.headers_mut().insert(LINK, link);
            }
            response
        }
    };
    Router::new()
        .route("/", get(found.clone()))
        .route("/search", get(found.clone()))
        .route("/compare", get(found.clone()))
        .route("/learn", get(found.clone()))
        .route("/logs", get(found.clone()))
        .route("/services", get(found))
        .route("/trace/{id}", get(trace))
        .route("/static/{*path}", get(file))
        .fallback(get(move |headers: HeaderMap| async move {
            let mut response = page.answer(&headers);
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }))
}

/// `index.html`, with what only the server knows.
struct Page {
    file: Served,
    security_policy: HeaderValue,
}

impl Page {
    fn new(addresses: &PerEndpoint<Vec<SocketAddr>>) -> Self {
        let import_map = embedded("importmap.json");
        let PerEndpoint {
            otlp_grpc: grpc_port,
            otlp_http: http_port,
            ..
        } = addresses.ports();
        let head = format!(
            r#"<meta name="clew-otlp-grpc-port" content="{grpc_port}">
    <meta name="clew-otlp-http-port" content="{http_port}">
    <script type="importmap">{}</script>{}"#,
            text(&import_map),
            preloads(),
        );
        let html = text(&embedded(INDEX)).replace(HEAD_MARK, &head);
        Self {
            file: Served::new(INDEX, Bytes::from(html)),
            security_policy: security_policy(import_map.metadata.sha256_hash()),
        }
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        self.file.answer(request, &self.security_policy)
    }
}

/// What is served below `/static/`, by its path there.
static SERVED: LazyLock<HashMap<String, Served>> = LazyLock::new(|| {
    let source = |path: &str| Files::get(path).map(|file| text(&file).into_owned());
    let whole = "the embedded files make one, as the tests show";
    let made = [
        ("app.js", bundle::script("app.js", &source).expect(whole)),
        (
            "app.css",
            bundle::styles("styles/all.css", &source).expect(whole),
        ),
    ];
    let made = made.map(|(path, content)| (path.to_owned(), Bytes::from(content)));
    let as_they_are = Files::iter().filter(|path| is_served_as_it_is(path));
    let as_they_are = as_they_are.map(|path| {
        let content = match embedded(&path).data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        };
        (path.into_owned(), content)
    });
    made.into_iter()
        .chain(as_they_are)
        .map(|(path, content)| {
            let file = Served::new(&path, content);
            (path, file)
        })
        .collect()
});

/// Packages keep the form in which they came, which is held against their originals.
fn is_served_as_it_is(path: &str) -> bool {
    path.starts_with("vendor/") || path == "favicon.svg"
}

/// A file below `/static/`. The page is none: it is whole, and under its policy, only where
/// [`Page`] answers it.
async fn file(Path(path): Path<String>, request: HeaderMap) -> Response {
    let Some(file) = SERVED.get(&path) else {
        return (StatusCode::NOT_FOUND, FIXED_HEADERS, "no such file\n").into_response();
    };
    // Should a browser show the file as a page, such as the icon, nothing in it may run.
    file.answer(&request, &HeaderValue::from_static("default-src 'none'"))
}

/// Something to be served, in one form or the other.
struct Served {
    media_type: &'static str,
    etag: String,
    content: Bytes,
    /// Made when it is first asked for.
    packed: OnceLock<Bytes>,
}

impl Served {
    fn new(path: &str, content: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Self {
            media_type: media_type(path),
            etag: format!("{:016x}", hasher.finish()),
            content,
            packed: OnceLock::new(),
        }
    }

    fn answer(&self, request: &HeaderMap, security_policy: &HeaderValue) -> Response {
        let is_packed = accepts_gzip(request);
        // Each form of a file has a tag of its own (RFC 9110, section 8.8.3.3).
        let form = if is_packed { "-gzip" } else { "" };
        let tag = format!("\"{}{form}\"", self.etag);
        let headers = [
            (CONTENT_TYPE.as_str(), self.media_type),
            (ETAG.as_str(), &tag),
            (VARY.as_str(), "accept-encoding"),
        ];
        let mut response = if has_current(request, &tag) {
            (StatusCode::NOT_MODIFIED, FIXED_HEADERS, headers).into_response()
        } else if is_packed {
            let encoding = [(CONTENT_ENCODING, "gzip")];
            let packed = self.packed.get_or_init(|| gzip(&self.content));
            let body = Body::from(packed.clone());
            (FIXED_HEADERS, headers, encoding, body).into_response()
        } else {
            let body = Body::from(self.content.clone());
            (FIXED_HEADERS, headers, body).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, security_policy.clone());
        response
    }
}

/// Whether the client has this version already (RFC 9110, section 13.1.2).
fn has_current(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("html") => "text/html; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    }
}

/// The Content-Security-Policy of the page. The import map is the one inline script, known by its
/// hash; a browser asks for nothing else than these files and this origin's API.
fn security_policy(import_map_sha256: [u8; 32]) -> HeaderValue {
    let hash = BASE64.encode(import_map_sha256);
    let policy = [
        "default-src 'none'",
        &format!("script-src 'self' 'sha256-{hash}'"),
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    .join("; ");
    HeaderValue::try_from(policy).expect("base64 and the words above are visible ASCII")
}

/// Asks for the packages at once: a browser would else learn of each from what imports it.
fn preloads() -> String {
    let packages = Files::iter().filter(|path| path.ends_with(".mjs"));
    packages.fold(String::new(), |mut links, path| {
        let link = format_args!("\n    <link rel=\"modulepreload\" href=\"/static/{path}\">");
        let _infallible = write!(links, "{link}");
        links
    })
}

/// Has the browser ask for the trace while it still reads the scripts that will show it. Only an id as the
/// scripts write it: they would ask for the same in other words again.
fn lines_preload(id: &str) -> Option<HeaderValue> {
    if id.parse::<TraceId>().ok()?.to_string() != id {
        return None;
    }
    let link =
        format!("</api/clew/v1/traces/{id}/lines>; rel=preload; as=fetch; crossorigin=anonymous");
    HeaderValue::try_from(link).ok()
}

fn embedded(path: &str) -> EmbeddedFile {
    Files::get(path).expect("the files named in this module are embedded, as its tests show")
}

fn text(file: &EmbeddedFile) -> Cow<'_, str> {
    String::from_utf8_lossy(&file.data)
}
