// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { csvOf } from "#stickyboard/page/csv.js";

/** @param {import("#stickyboard/page/csv.js").Cell} cell @returns {string} its text in the file */
function written(cell) {
  return csvOf({ columns: ["c"], rows: [[cell]] }).slice(1).split("\r\n").slice(1, -1).join("\r\n");
}

test("ends lines with CRLF after a header and a BOM", () => {
  assert.equal(csvOf({ columns: ["a", "b"], rows: [["ü", 1], ["🙂", 2]] }), "\ufeffa,b\r\nü,1\r\n🙂,2\r\n");
});

test("quotes commas, quotes and line breaks", () => {
  assert.equal(written("a,b"), '"a,b"');
  assert.equal(written('say "no"'), '"say ""no"""');
  assert.equal(written("two\r\nlines"), '"two\r\nlines"');
  assert.equal(written(" blanks kept "), '" blanks kept "');
});

test("lets no text begin like a formula", () => {
  for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u00a0=1", "\ufeff=1", "＝1"]) {
    assert.match(written(text), /^"?'/, JSON.stringify(text));
  }
  assert.equal(written("\t=1"), "'\t=1");
  assert.equal(written('=HYPERLINK("x","y")'), '"\'=HYPERLINK(""x"",""y"")"');
  assert.equal(csvOf({ columns: ["=1"], rows: [] }), "\ufeff'=1\r\n");
});

test("leaves operators inside a text alone", () => {
  for (const text of ["a=b", "ep-1", "user@host"]) assert.equal(written(text), text);
});

test("writes numbers as numbers", () => {
  assert.deepEqual([-1.5, 0, 1e12, 1e-9, -0].map(written), ["-1.5", "0", "1000000000000", "1e-9", "0"]);
});

test("writes nothing for a missing value", () => {
  assert.deepEqual([null, undefined, NaN, Infinity, ""].map(written), ["", "", "", "", ""]);
  assert.equal(written(false), "false");
});
