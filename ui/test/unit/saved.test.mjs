import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { fetchHops, fetchLogs, fetchMap } from "../../lib/api.js";
import { inScript, loadAnswers, pageOf } from "../../saved/file.js";

const fetchReally = globalThis.fetch;
/** @type {any} */ (globalThis).document = { hidden: false };

afterEach(() => {
  globalThis.fetch = fetchReally;
});

test("nothing in the data ends its script", () => {
  const data = inScript(JSON.stringify({ name: "</script><script>alert(1)</script><!--" }));
  assert.ok(!data.includes("<"));
  assert.equal(JSON.parse(data).name, "</script><script>alert(1)</script><!--");
  const page = pageOf({ modules: { clew: "export {}; // ü" }, styles: "", data, title: "Trace 1" });
  assert.equal(page.match(/<\/script>/g)?.length, 3);
  assert.match(page, /connect-src|default-src 'none'/);
});

test("a file has the answers of its trace, whatever else is asked meanwhile", async () => {
  globalThis.fetch = async (url) => {
    // All are on their way at once.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const path = String(url).replace("/api/clew/v1", "");
    const json = path.startsWith("/logs") ? { records: [], resources: [], scopes: [], next: null } : { path };
    return new Response(JSON.stringify(json));
  };
  const asides = Promise.all([fetchHops("c"), fetchMap("1h"), fetchLogs(new URLSearchParams({ trace: "c" }))]);
  const [a, b] = await Promise.all([loadAnswers("a"), loadAnswers("b")]);
  await asides;
  for (const [id, answers] of /** @type {const} */ ([["a", a], ["b", b]])) {
    assert.deepEqual(Object.keys(answers).sort(), [`/logs?trace=${id}&order=oldest&limit=1000`, `/traces/${id}/hops`, `/traces/${id}/lines`]);
    assert.deepEqual(answers[`/traces/${id}/hops`], { path: `/traces/${id}/hops` });
    assert.equal(answers[`/traces/${id}/lines`], `{"path":"/traces/${id}/lines"}`);
  }
});
