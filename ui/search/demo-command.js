/** The backend's ports that `clew demo` expects, as `crates/server` has them by default. */
const DEFAULT_PORTS = { http: "16686", grpc: "4317" };

/** Names by which a browser on the backend's own machine knows it. */
const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * What to type so that the demo sends to the backend behind a page. The demo finds a backend on its
 * own machine alone, so that elsewhere there is nothing to type.
 *
 * @param {{hostname: string, port: string}} page where the page came from
 * @param {{grpc: string}} receivers
 * @returns {string | null}
 */
export function demoCommand({ hostname, port }, { grpc }) {
  if (!LOOPBACK_HOSTS.has(hostname) || port === "" || grpc === "") return null;
  const options = [
    port === DEFAULT_PORTS.http ? "" : ` --http-port ${port}`,
    grpc === DEFAULT_PORTS.grpc ? "" : ` --otlp-grpc-port ${grpc}`,
  ];
  return `cargo run --release -- demo${options.join("")}`;
}
