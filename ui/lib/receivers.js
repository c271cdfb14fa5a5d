// Where the backend takes spans. The server writes the ports into the page, since they can be changed.

/**
 * @returns {{grpc: string, http: string}} what to set `OTEL_EXPORTER_OTLP_ENDPOINT` to
 */
export function receiverUrls() {
  return {
    grpc: `http://${location.hostname}:${portNamed("clew-otlp-grpc-port")}`,
    http: `http://${location.hostname}:${portNamed("clew-otlp-http-port")}`,
  };
}

/** @param {string} name */
function portNamed(name) {
  const meta = document.querySelector(`meta[name="${name}"]`);
  return meta instanceof HTMLMetaElement ? meta.content : "";
}
