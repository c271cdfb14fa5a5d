import { html } from "../lib/html.js";
import { receiverUrls } from "../lib/receivers.js";
import { Command } from "../search/command.js";

/** What to do while there is no log record at all. The page fills by itself when the first one comes. */
export function Welcome() {
  const { http } = receiverUrls();
  return html`<main class="calm welcome">
    <div class="waiting-thread" aria-hidden="true" />
    <h1>Waiting for the first log record</h1>
    <p role="status">Clew is ready. Send it logs, and this page shows them as they arrive.</p>
    <section>
      <h2>Send your own</h2>
      <p>Any service with OpenTelemetry’s SDK sends its logs here:</p>
      <${Command}
        text=${[
          "export OTEL_SERVICE_NAME=my-service",
          "export OTEL_LOGS_EXPORTER=otlp",
          `export OTEL_EXPORTER_OTLP_ENDPOINT=${http}`,
          "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ].join("\n")}
      />
      <p>
        Logs that are written within a span carry its ids, and lead from here to their trace. In Python, where the
        ${" "}program uses the module <code>logging</code>, add:
      </p>
      <${Command} text="export OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true" />
      <p>Java’s agent sends logs without more; Node.js and Go need a bridge to their logging library.</p>
    </section>
  </main>`;
}

/** What to read where the server keeps none. @param {{text: string}} props */
export function NotKept({ text }) {
  return html`<main class="calm">
    <h1>This server keeps no logs</h1>
    <p role="status">It has traces alone. Asked for logs, it says: ${text}</p>
    <p><a href="/">Search for traces</a></p>
  </main>`;
}
