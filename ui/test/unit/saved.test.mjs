import assert from "node:assert/strict";
import { test } from "node:test";

import { inScript, pageOf, renamed } from "../../saved/file.js";

test("modules import each other by their names within the file", () => {
  const source = [
    'import { a } from "./a.js";',
    'export { b } from "../lib/b.js";',
    'import "@preact/signals";',
    'const text = "from here";',
    'const other = `taken from "somewhere else"`;',
  ].join("\n");
  const { text, imports } = renamed(source, (specifier) => `/static/${specifier}`);
  assert.deepEqual(imports, ["/static/./a.js", "/static/../lib/b.js", "/static/@preact/signals"]);
  assert.match(text, /import \{ a \} from "clew:\/static\/\.\/a\.js";/);
  assert.match(text, /const text = "from here";/);
  assert.match(text, /taken from "somewhere else"/);
});

test("nothing in the data ends its script", () => {
  const data = inScript(JSON.stringify({ name: "</script><script>alert(1)</script><!--" }));
  assert.ok(!data.includes("<"));
  assert.equal(JSON.parse(data).name, "</script><script>alert(1)</script><!--");
  const page = pageOf({ modules: { "clew:/static/saved/app.js": "export {}; // ü" }, styles: "", data, title: "Trace 1" });
  assert.equal(page.match(/<\/script>/g)?.length, 3);
  assert.match(page, /connect-src|default-src 'none'/);
});
