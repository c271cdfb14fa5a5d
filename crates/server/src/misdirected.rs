//! Exports that were sent to the port of the UI, as it happens to whoever knows that one port alone.
//!
//! An exporter logs what it is told, so that it is told where to send.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::Method;

use crate::{PerEndpoint, receiver};

/// Puts an answer that names the ports of the receivers in front of the routes, for exports and for
/// gRPC, which nothing here speaks.
pub(crate) fn guard(router: Router, ports: PerEndpoint<u16>) -> Router {
    router.layer(middleware::from_fn_with_state(ports, check))
}

async fn check(State(ports): State<PerEndpoint<u16>>, request: Request, next: Next) -> Response {
    let is_export =
        request.method() == Method::POST && receiver::is_http_path(request.uri().path());
    if is_export || receiver::is_grpc_call(request.headers()) {
        return receiver::send_elsewhere(ports, request).await;
    }
    next.run(request).await
}
