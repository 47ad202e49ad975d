// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { COLUMNS, ENTRIES, MAX_TEXT, model, table } from "#stickyboard/page/scenes/json.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {any[]} values @param {Record<string, string>} [options] */
function modelOf(values, options = {}) {
  return model(viewOf({ a: values }), { ...contextOf("a"), options });
}

test("shows entries as rows, newest first, fields as columns", () => {
  const { table } = modelOf([{ type: "a", n: 1, text: "x" }, { type: "a", n: 2, list: [1, { b: 2 }] }]);
  assert.deepEqual(table, { columns: ["key", "n", "list", "text"], rows: [["1", 2, '[1,{"b":2}]', null], ["0", 1, null, "x"]] });
});

test("sorts all its event types by time, as JSON if chosen", () => {
  const view = viewOf({ a: [{ type: "a", n: 1 }, { type: "a", n: 2 }], b: [{ type: "b" }] });
  const { table, rows } = model(view, { ...contextOf("a", "b"), options: { form: "json" } });
  assert.equal(table, null);
  assert.deepEqual(rows.map(({ id, text }) => [id, text]), [
    ["a:1", '{"type":"a","n":2}'],
    ["a:0", '{"type":"a","n":1}'],
    ["b:0", '{"type":"b"}'],
  ]);
});

test("cuts long content and reports it", () => {
  const wide = Object.fromEntries(Array.from({ length: COLUMNS + 3 }, (_, index) => [`f${index}`, "x".repeat(1000)]));
  const { caption, table } = modelOf(Array(ENTRIES + 1).fill(wide));
  assert.equal(caption, `The newest ${ENTRIES} of ${ENTRIES + 1} entries`);
  assert.deepEqual([table?.rows.length, table?.columns.length, table?.columns.at(-1)], [ENTRIES, COLUMNS + 2, "3 more fields"]);
  assert.equal(String(table?.rows[0][1]).length, MAX_TEXT + 1);
  assert.equal(modelOf([{ text: "x".repeat(1000) }], { form: "json" }).rows[0].text.length, MAX_TEXT + 1);
});

test("tables everything for files", () => {
  const { columns, rows } = table(viewOf({ a: Array(ENTRIES + 1).fill({ text: "x".repeat(1000) }) }), contextOf("a"));
  assert.deepEqual([columns, rows.length, String(rows[0][1]).length], [["key", "text"], ENTRIES + 1, 1000]);
});

test("shows values that are not objects, and own fields only", () => {
  assert.deepEqual(modelOf([5, { constructor: "x" }, {}]).table, {
    columns: ["key", "constructor", "value"], rows: [["2", null, null], ["1", "x", null], ["0", null, 5]],
  });
  assert.deepEqual(modelOf([[1, 2]]).table?.rows, [["0", "[1,2]"]]);
});
