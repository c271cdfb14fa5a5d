import { FirstTrace } from "../learn/first-trace.js";
import { html } from "../lib/html.js";
import { receiverPorts, receiverUrls } from "../lib/receivers.js";
import { Command } from "./command.js";
import { demoCommand } from "./demo-command.js";

/** What to do while there is no span at all. The page fills by itself when the first one comes. */
export function Welcome() {
  const { grpc, http } = receiverUrls();
  return html`<main class="calm welcome">
    <div class="waiting-thread" aria-hidden="true" />
    <h1>Waiting for the first span</h1>
    <p role="status">Clew is ready. Send it spans, and this page shows them as they arrive.</p>
    <${Demo} />
    <section>
      <h2>Send your own</h2>
      <p>Any service with OpenTelemetry’s SDK sends here. Over gRPC:</p>
      <${Command}
        text=${[
          "export OTEL_SERVICE_NAME=my-service",
          `export OTEL_EXPORTER_OTLP_ENDPOINT=${grpc}`,
          "export OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ].join("\n")}
      />
      <p>Or over HTTP:</p>
      <${Command}
        text=${[
          "export OTEL_SERVICE_NAME=my-service",
          `export OTEL_EXPORTER_OTLP_ENDPOINT=${http}`,
          "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ].join("\n")}
      />
    </section>
    <section>
      <h2>Or begin with a first program</h2>
      <p>The shortest that sends a trace. <a href="/learn">Learn</a> says what its words mean.</p>
      <${FirstTrace} />
    </section>
  </main>`;
}

/** The tour that needs no service of one's own, where it can run. */
function Demo() {
  const command = demoCommand(location, receiverPorts());
  if (command === null) return null;
  return html`<section>
    <h2>See a trace in a minute</h2>
    <p>
      The demo starts a client and two small services, and follows one request through them step by step. In
      ${" "}Clew’s source folder:
    </p>
    <${Command} text=${command} />
  </section>`;
}
