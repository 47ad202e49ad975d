// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { valueAt } from "#stickyboard/page/fields.js";

test("reads a field, a field within a field, and a key of a map", () => {
  const value = JSON.parse('{"loss": 0.5, "values": {"loss": 0.25, "constructor": 1, "__proto__": 2}, "a.b": 3, "": 4}');
  const paths = ["loss", "values.loss", "values.constructor", "values.__proto__", "a.b", ""];
  assert.deepEqual(paths.map((path) => valueAt(value, path)), [0.5, 0.25, 1, 2, 3, 4]);
});

test("does not read what objects inherit", () => {
  const value = { values: {}, text: "abc" };
  for (const path of ["constructor", "values.__proto__", "values.toString.name", "text.length", "none.loss", ".loss", "values."]) {
    assert.equal(valueAt(value, path), undefined, path);
  }
});

test("reads nothing from values that have no fields", () => {
  for (const value of [null, undefined, 3, "abc", true]) assert.equal(valueAt(value, "length"), undefined);
});
