// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ENTRIES, MAX_TEXT, model } from "#dashboard/scenes/json.js";

import { contextOf, viewOf } from "./fakes.js";

test("the newest entries of all its event types come first", () => {
  const view = viewOf({ a: [{ type: "a", n: 1 }, { type: "a", n: 2 }], b: [{ type: "b" }] });
  const { rows } = model(view, contextOf("a", "b"));
  assert.deepEqual(rows.map(({ id, text }) => [id, text]), [
    ["a:1", '{"type":"a","n":2}'],
    ["a:0", '{"type":"a","n":1}'],
    ["b:0", '{"type":"b"}'],
  ]);
});

test("much and long is cut", () => {
  const { rows } = model(viewOf({ a: Array(30).fill({ text: "x".repeat(1000) }) }), contextOf("a"));
  assert.deepEqual([rows.length, rows[0].text.length], [ENTRIES, MAX_TEXT + 1]);
});

test("a value that is no object is shown too", () => {
  assert.deepEqual(model(viewOf({ a: [5] }), contextOf("a")).rows, [{ id: ":0", key: "0", text: "5" }]);
});
