// The shortest program in each language that sends a trace. `docs/send-traces.md` has the same lines, and the
// tests run them there.

/**
 * @typedef {{says: string, text: string}} Part
 *
 * @param {string} endpoint where spans go, over HTTP
 * @returns {{name: string, parts: Part[]}[]}
 */
export function firstTraces(endpoint) {
  const exports = (/** @type {string} */ name) => [`export OTEL_SERVICE_NAME=hello-${name}`, `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`];
  return [
    {
      name: "Python",
      parts: [
        {
          says: "hello.py:",
          text: `from opentelemetry import trace

tracer = trace.get_tracer("hello")

with tracer.start_as_current_span("say hello"):
    print("hello")`,
        },
        {
          says: "Then:",
          text: [
            "pip install --quiet opentelemetry-distro==0.66b2 opentelemetry-exporter-otlp-proto-http==1.45.2",
            ...exports("python"),
            "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "opentelemetry-instrument python hello.py",
          ].join("\n"),
        },
      ],
    },
    {
      name: "Node.js",
      parts: [
        {
          says: "hello.js, a service whose requests become traces:",
          text: `const http = require("node:http");

const server = http.createServer((request, response) => response.end("hello\\n"));
server.listen(8000, () => console.log("http://localhost:8000"));`,
        },
        {
          says: "Then, and ask it with curl -s http://localhost:8000:",
          text: [
            "npm install --silent @opentelemetry/auto-instrumentations-node@0.81.2",
            ...exports("node"),
            "node --require @opentelemetry/auto-instrumentations-node/register hello.js",
          ].join("\n"),
        },
      ],
    },
    {
      name: "Go",
      parts: [
        {
          says: "main.go:",
          text: `package main

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	defer provider.Shutdown(ctx) // Sends what has not been sent yet.

	_, span := provider.Tracer("hello").Start(ctx, "say hello")
	fmt.Println("hello")
	span.End()
}`,
        },
        {
          says: "Then:",
          text: [
            "go mod init hello",
            "go get go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp@v1.47.0",
            ...exports("go"),
            "go run .",
          ].join("\n"),
        },
      ],
    },
    {
      name: "Java",
      parts: [
        {
          says: "Fetch OpenTelemetry’s agent, which traces a program from outside:",
          text: `mvn --quiet --batch-mode dependency:copy -DoutputDirectory=. -Dmdep.stripVersion=true \\
  -Dartifact=io.opentelemetry.javaagent:opentelemetry-javaagent:2.33.1`,
        },
        {
          says: "Start any service with it, here one whose class is Hello:",
          text: [...exports("java"), "java -javaagent:opentelemetry-javaagent.jar Hello"].join("\n"),
        },
      ],
    },
    {
      name: "Rust",
      parts: [
        {
          says: "src/main.rs:",
          text: `use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SdkTracerProvider;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let mut span = provider.tracer("hello").start("say hello");
    println!("hello");
    span.end();
    provider.shutdown()?; // Sends what has not been sent yet.
    Ok(())
}`,
        },
        {
          says: "Then:",
          text: [
            "cargo add --quiet opentelemetry@0.33 opentelemetry_sdk@0.33 opentelemetry-otlp@0.33",
            ...exports("rust"),
            "cargo run --quiet",
          ].join("\n"),
        },
      ],
    },
    {
      name: "curl",
      parts: [
        {
          says: "OTLP has a form in JSON, so that a script needs no SDK:",
          text: `curl -s ${endpoint}/v1/traces -H 'Content-Type: application/json' -d @- <<END
{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "hello-curl"}}]},
  "scopeSpans": [{"spans": [{
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "name": "say hello",
    "startTimeUnixNano": "$(date +%s)000000000",
    "endTimeUnixNano": "$(date +%s)250000000"
  }]}]
}]}
END`,
        },
      ],
    },
  ];
}
