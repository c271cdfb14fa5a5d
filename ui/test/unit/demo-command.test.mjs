import assert from "node:assert/strict";
import { test } from "node:test";

import { demoCommand } from "../../search/demo-command.js";

test("the demo is told of ports that it would not expect", () => {
  const usual = { hostname: "localhost", port: "16686" };
  assert.equal(demoCommand(usual, { grpc: "4317" }), "cargo run --release -- demo");
  assert.equal(
    demoCommand({ hostname: "127.0.0.1", port: "26686" }, { grpc: "14317" }),
    "cargo run --release -- demo --http-port 26686 --otlp-grpc-port 14317",
  );
  assert.equal(demoCommand({ hostname: "[::1]", port: "16686" }, { grpc: "9" }), "cargo run --release -- demo --otlp-grpc-port 9");
});

test("where the demo could not send to this backend, it is not suggested", () => {
  assert.equal(demoCommand({ hostname: "traces.example.com", port: "16686" }, { grpc: "4317" }), null);
  assert.equal(demoCommand({ hostname: "localhost", port: "" }, { grpc: "4317" }), null);
});
