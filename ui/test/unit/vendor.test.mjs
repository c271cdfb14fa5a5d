// The vendored files are those of the pinned packages, and the table in vendor/README.md is true.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ui = new URL("../../", import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, ui));
const ROW = /^\| `([^`]+)` \| `(.+)@([^`]+)`, `([^`]+)` \| ([^|]+) \| `([0-9a-f]{64})` \|$/gm;
const rows = [...String(read("vendor/README.md")).matchAll(ROW)];

test("every module of the import map has a row", () => {
  const { imports } = JSON.parse(String(read("importmap.json")));
  const files = Object.values(imports).map((path) => path.replace("/static/vendor/", ""));
  assert.deepEqual(rows.map(([, file]) => file).sort(), files.sort());
});

for (const [, file, name, version, source, licence, sha256] of rows) {
  test(`${file} is ${source} of ${name} ${version}`, () => {
    const content = read(`vendor/${file}`);
    assert.equal(createHash("sha256").update(content).digest("hex"), sha256);
    const manifest = JSON.parse(String(read(`node_modules/${name}/package.json`)));
    assert.equal(manifest.version, version);
    assert.equal(manifest.license, licence?.trim());
    assert.deepEqual(content, read(`node_modules/${name}/${source}`));
    const folder = file?.split("/")[0];
    assert.deepEqual(read(`vendor/${folder}/LICENSE`), read(`node_modules/${name}/LICENSE`));
  });
}
