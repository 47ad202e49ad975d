// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { cellOf, sorted } from "#stickyboard/page/table_model.js";
import { widget } from "#stickyboard/page/widgets/table.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values @param {any} [options] @param {Record<string, string>} [chosen] */
function modelOf(values, options = {}, chosen = {}) {
  return widget(options).model(viewOf({ a: values }), { ...contextOf("a"), options: chosen });
}

/** @param {import("#stickyboard/page/table_model.js").TableModel} model */
function cellsOf({ rows, columns }) {
  return rows.map((row) => columns.map((column) => cellOf(row, column)));
}

/** @param {import("#stickyboard/page/table_model.js").TableModel} model */
function titlesOf({ columns }) {
  return columns.map(({ title }) => title);
}

test("shows entries as rows, newest first, fields as columns", () => {
  const model = modelOf([{ type: "a", n: 1, text: "x" }, { type: "a", n: 2, list: [1, { b: 2 }] }]);
  assert.deepEqual(titlesOf(model), ["key", "n", "list", "text"]);
  assert.deepEqual(cellsOf(model), [["1", 2, '[1,{"b":2}]', null], ["0", 1, null, "x"]]);
});

test("shows entries as JSON if chosen", () => {
  const model = modelOf([{ type: "a", n: 1 }, { type: "a", n: 2 }], {}, { form: "json" });
  assert.deepEqual([titlesOf(model), cellsOf(model), model.isWrapped], [["key", "JSON"], [["1", '{"type":"a","n":2}'], ["0", '{"type":"a","n":1}']], true]);
  assert.deepEqual([widget({}).options?.length, widget({ columns: ["n"] }).options?.length], [1, 0]);
});

test("shows values that are not objects, and own fields only", () => {
  const model = modelOf([5, { constructor: "x" }, [1]]);
  assert.deepEqual(titlesOf(model), ["key", "constructor", "JSON"]);
  assert.deepEqual(cellsOf(model), [["2", null, "[1]"], ["1", "x", '{"constructor":"x"}'], ["0", null, "5"]]);
});

test("shows the declared columns", () => {
  const columns = ["model", { field: "size_bytes", title: "Size", format: "bytes", align: null, best: "min", bar: "auto" }, "deep.er"];
  const model = modelOf([{ model: "gbt", size_bytes: 2048, deep: { er: 1 } }], { columns });
  assert.deepEqual(model.columns, [
    { title: "model", of: "field", field: "model", format: "" },
    { title: "Size", of: "field", field: "size_bytes", format: "bytes", best: "min", bar: "auto" },
    { title: "er", of: "field", field: "deep.er", format: "" },
  ]);
  assert.deepEqual(cellsOf(model), [["gbt", 2048, 1]]);
});

test("sorts as declared, by a column or by a hidden field", () => {
  const values = [{ n: 1, hidden: 2 }, { n: 2, hidden: 1 }, { n: 3, hidden: 3 }];
  const visible = modelOf(values, { columns: ["n"], sort: "-n" });
  assert.deepEqual(visible.sort, { column: "field:n", isDescending: true });
  const hidden = modelOf(values, { columns: ["n"], sort: "hidden" });
  assert.deepEqual([hidden.sort, cellsOf(hidden)], [null, [[2], [1], [3]]]);
  assert.deepEqual(sorted(visible.rows, visible.columns[0], true).map(({ value }) => value.n), [3, 2, 1]);
});

test("loses no row of two event types with equal keys", () => {
  const view = viewOf({ a: [{ n: 1 }], b: [{ n: 2 }] });
  const model = widget({ columns: ["n"] }).model(view, contextOf("a", "b"));
  assert.deepEqual(titlesOf(model), ["type", "n"]);
  assert.deepEqual(cellsOf(model).sort(), [["Title of a", 1], ["Title of b", 2]]);
  assert.equal(new Set(model.rows.map((/** @type {any} */ { id }) => id)).size, 2);
});

test("names the column of keys by their fields, and has none beside those", () => {
  const of = (/** @type {string[]} */ keyFields) => [{ name: "a", title: "A", keyFields }];
  const view = { entries: () => [{ key: "gbt:3", lane: "", revision: 9, at: 0, value: { model: "gbt", fold_no: 3 } }] };
  const titles = (/** @type {string[]} */ keyFields, form = "columns") => titlesOf(widget({}).model(view, { eventTypes: of(keyFields), options: { form } }));
  assert.deepEqual(titles(["model", "fold_no"]), ["model", "fold_no"]);
  assert.deepEqual(titles(["model", "fold_no"], "json"), ["model, fold no", "JSON"]);
  assert.deepEqual(titles([]), ["key", "model", "fold_no"]);
  const ring = { entries: () => [{ key: "9", lane: "", revision: 9, at: 0, value: { n: 1 } }] };
  assert.deepEqual(titlesOf(widget({}).model(ring, { eventTypes: of(["host"]) })), ["revision", "n"]);
});

test("has no column of keys for a single entry", () => {
  const view = { entries: () => [{ key: "", lane: "", revision: 1, at: 0, value: { n: 1 } }] };
  assert.deepEqual(titlesOf(widget({}).model(view, contextOf("a"))), ["n"]);
});

test("tables every entry and every field for files", () => {
  const values = Array.from({ length: 300 }, (_, n) => ({ type: "a", n, text: "x".repeat(1000) }));
  const table = widget({}).table?.(viewOf({ a: values }), contextOf("a"));
  assert.deepEqual([table?.columns, table?.rows.length, table?.rows[0][1], String(table?.rows[0][2]).length], [["key", "n", "text"], 300, 299, 1000]);
  const declared = widget({ columns: ["n"], sort: "n" }).table?.(viewOf({ a: values }), contextOf("a"));
  assert.deepEqual([declared?.columns, declared?.rows[0]], [["n"], [0]]);
});

test("bounds the fields of hostile events and says so", () => {
  const values = Array.from({ length: 200 }, (_, row) => Object.fromEntries(Array.from({ length: 100 }, (_, field) => [`f${row}-${field}`, 1])));
  const { columns, hidden } = modelOf(values);
  assert.ok(columns.length < 2600);
  assert.match(hidden, /of 20,000 fields/);
});

test("shows the rows of the newest event, and names the others", () => {
  const view = viewOf({ a: [{ rows: [{ x: 1 }] }, { rows: [{ x: 2, y: "z" }, { x: 3 }] }] });
  const { columns, rows, hidden } = widget({ rows: "rows" }).model(view, contextOf("a"));
  assert.deepEqual([columns.map((/** @type {any} */ { title }) => title), rows.length, rows[0].value.x], [["x", "y"], 2, 2]);
  assert.match(hidden, /1 other is in the menu/);
  assert.equal(widget({ rows: "rows" }).model(view, { ...contextOf("a"), options: { entry: "0" } }).rows[0].value.x, 1);
  assert.deepEqual(widget({ rows: "rows" }).table?.(view, contextOf("a")).rows, [[2, "z"], [3, null]]);
  assert.equal(widget({ rows: "rows" }).model(viewOf({ a: [{ rows: 7 }] }), contextOf("a")).rows.length, 0);
});
