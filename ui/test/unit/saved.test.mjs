import assert from "node:assert/strict";
import { test } from "node:test";

import { inScript, pageOf } from "../../saved/file.js";

test("nothing in the data ends its script", () => {
  const data = inScript(JSON.stringify({ name: "</script><script>alert(1)</script><!--" }));
  assert.ok(!data.includes("<"));
  assert.equal(JSON.parse(data).name, "</script><script>alert(1)</script><!--");
  const page = pageOf({ modules: { clew: "export {}; // ü" }, styles: "", data, title: "Trace 1" });
  assert.equal(page.match(/<\/script>/g)?.length, 3);
  assert.match(page, /connect-src|default-src 'none'/);
});
