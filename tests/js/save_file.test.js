// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { fileNameOf } from "#stickyboard/page/save_file.js";
import { textOfContent } from "#stickyboard/page/dom_to_png.js";

const AT = new Date("2026-01-31T12:05:09.5Z");

test("names a file after board, scene and time", () => {
  assert.equal(fileNameOf(["main", "model_metric"], AT, "csv"), "main-model_metric-2026-01-31T12-05-09.csv");
});

test("keeps letters of any script and no path separators", () => {
  assert.equal(fileNameOf(["../a b", "Modell-ü 模型", "//"], AT, "png"), "a_b-Modell_ü_模型-2026-01-31T12-05-09.png");
});

test("reads generated content as every browser computes it", () => {
  const element = /** @type {any} */ ({ getAttribute: (/** @type {string} */ name) => ({ "data-text": 'a "b"' })[name] ?? null });
  for (const [content, text] of [
    ['"plain"', "plain"], ["attr(data-text)", 'a "b"'], ['"a \\"b\\""', 'a "b"'], ['"no: " attr( data-text ) "."', 'no: a "b".'],
    ['""', ""], ["attr(missing)", ""], ['"attr(data-text)"', "attr(data-text)"],
  ]) assert.equal(textOfContent(content, element), text, content);
});
