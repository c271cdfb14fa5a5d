// Where the backend takes spans. The server writes the ports into the page, since they can be changed.

/**
 * @returns {{grpc: string, http: string}} port numbers
 */
export function receiverPorts() {
  return { grpc: portNamed("clew-otlp-grpc-port"), http: portNamed("clew-otlp-http-port") };
}

/**
 * @returns {{grpc: string, http: string}} what to set `OTEL_EXPORTER_OTLP_ENDPOINT` to
 */
export function receiverUrls() {
  const { grpc, http } = receiverPorts();
  return { grpc: `http://${location.hostname}:${grpc}`, http: `http://${location.hostname}:${http}` };
}

/** @param {string} name */
function portNamed(name) {
  const meta = document.querySelector(`meta[name="${name}"]`);
  return meta instanceof HTMLMetaElement ? meta.content : "";
}
