// A backend of its own for each test file: `clew serve --memory` on free ports.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How long the backend may take to say that it is ready. */
const START_MS_MAX = 10_000;

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** @typedef {{url: string, otlp: string, otlpGrpc: string, stop: () => Promise<void>}} Backend */
/** @typedef {{http: string, otlpHttp: string, otlpGrpc: string}} Ports */

/**
 * @param {{httpPort?: string}} [options]
 * @returns {Promise<Backend>}
 */
export async function startBackend({ httpPort = "0" } = {}) {
  const program = process.env.CLEW_BIN ?? `${process.env.CARGO_TARGET_DIR ?? `${repository}target`}/debug/clew`;
  if (!existsSync(program)) {
    throw new Error(`${program} is not there. Run “cargo build -p clew”, or name the binary in CLEW_BIN.`);
  }
  const ports = ["--otlp-grpc-port", "0", "--otlp-http-port", "0", "--http-port", httpPort];
  const child = spawn(program, ["serve", "--memory", ...ports], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const { http, otlpHttp, otlpGrpc } = await readPorts(child.stdout, ended);
  return {
    url: `http://localhost:${http}`,
    otlp: `http://localhost:${otlpHttp}`,
    otlpGrpc: `http://localhost:${otlpGrpc}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/**
 * @param {import("node:stream").Readable} stdout
 * @param {Promise<unknown>} ended
 * @returns {Promise<Ports>}
 */
async function readPorts(stdout, ended) {
  const lines = createInterface({ input: stdout });
  /** @type {Promise<Ports>} */
  const ports = new Promise((resolve) => {
    lines.on("line", (line) => {
      const match = /^ports: otlp-grpc=(\d+) otlp-http=(\d+) http=(\d+)$/.exec(line);
      if (match?.[1] && match[2] && match[3]) {
        resolve({ otlpGrpc: match[1], otlpHttp: match[2], http: match[3] });
      }
    });
  });
  return Promise.race([
    ports,
    ended.then((code) => Promise.reject(new Error(`clew serve ended at once, with ${code}`))),
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error("clew serve did not name its ports in time")), START_MS_MAX).unref();
    }),
  ]);
}
