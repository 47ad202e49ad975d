// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { columnsOf, rowHeightOf } from "#stickyboard/page/table_layout.js";
import { alignmentOf, barScaleOf, barShareOf, bestOf, cellOf, cellText, elementsOf, filtered, isDescendingFirst, nextSort, sorted, titleOf, windowOf } from "#stickyboard/page/table_model.js";

/** @typedef {import("#stickyboard/page/table_model.js").Column} Column */

/** @param {any[]} values */
function rowsOf(...values) {
  return values.map((value, index) => ({ id: `${index}`, type: "A", key: `k${index}`, value }));
}

/** @param {string} field @param {Partial<Column>} [more] @returns {Column} */
function column(field, more = {}) {
  return { title: field, of: "field", field, ...more };
}

/** @param {any[]} values @param {boolean} [isDescending] */
function order(values, isDescending = false) {
  return sorted(rowsOf(...values.map((n) => ({ n }))), column("n"), isDescending).map(({ value }) => value.n);
}

test("reads keys, types, own fields, paths and whole values", () => {
  const [row] = rowsOf({ a: { b: 1 }, "x.y": 2, list: [1, { b: 2 }], constructor: "own" });
  assert.deepEqual(["a.b", "x.y", "list", "a", "constructor", "toString"].map((field) => cellOf(row, column(field))), [1, 2, '[1,{"b":2}]', '{"b":1}', "own", null]);
  assert.deepEqual(["key", "type"].map((of) => cellOf(row, column("", { of: /** @type {any} */ (of) }))), ["k0", "A"]);
  assert.equal(cellOf(rowsOf(5)[0], column("", { of: "json" })), "5");
});

test("writes cells for people", () => {
  assert.deepEqual([null, true, false, 1234567, 0.123456789].map((cell) => cellText(cell)), ["–", "yes", "no", "1,234,567", "0.123457"]);
  assert.deepEqual([cellText(1536, "bytes"), cellText(0.5, ".1%"), cellText(12345.6, "")], ["1.54 kB", "50.0 %", "12,346"]);
  assert.equal(cellText("x".repeat(1000)).length, 401);
  assert.equal(titleOf("values.size_bytes"), "size bytes");
});

test("sorts numbers as numbers, text naturally, and nothing last", () => {
  assert.deepEqual(order([10, 9, null, 2]), [2, 9, 10, null]);
  assert.deepEqual(order([10, 9, null, 2], true), [10, 9, 2, null]);
  assert.deepEqual(order(["n10", "n2", 3, true]), [3, "n2", "n10", true]);
  assert.deepEqual(order([1e16 + 2, 1e16, -1e-300, 0]), [-1e-300, 0, 1e16, 1e16 + 2]);
  const equal = [{ n: 1, at: "first" }, { n: 1, at: "second" }];
  for (const isDescending of [false, true]) assert.deepEqual(sorted(rowsOf(...equal), column("n"), isDescending).map(({ value }) => value), equal);
});

test("a heading sorts one way, the other way, and no longer", () => {
  const first = nextSort(null, "field:n", true);
  const second = nextSort(first, "field:n", true);
  assert.deepEqual([first, second, nextSort(second, "field:n", true)], [{ column: "field:n", isDescending: true }, { column: "field:n", isDescending: false }, null]);
  assert.deepEqual(nextSort(first, "field:m", false), { column: "field:m", isDescending: false });
  assert.deepEqual([isDescendingFirst(column("n", { best: "min" }), true), isDescendingFirst(column("n"), true), isDescendingFirst(column("n"), false)], [false, true, false]);
});

test("filters by text in any displayed column", () => {
  const rows = rowsOf({ a: "Office-1", b: 12 }, { a: "lab", b: null, c: "office" });
  const found = (/** @type {string} */ text) => filtered(rows, [column("a"), column("b")], text).map(({ id }) => id);
  assert.deepEqual([found("  OFFICE "), found("12"), found("null"), found("")], [["0"], ["0"], [], ["0", "1"]]);
});

test("aligns numbers right unless declared otherwise", () => {
  const rows = rowsOf({ n: 1, mixed: 1, text: "x" }, { n: null, mixed: "x", text: "y" });
  assert.deepEqual(alignmentOf(rows, [column("n"), column("mixed"), column("text"), column("none"), column("n", { align: "left" })]), [true, false, false, false, false]);
});

test("finds the best of two or more numbers", () => {
  assert.deepEqual([bestOf([3, null, 1, "0"], "min"), bestOf([3, 1], "max"), bestOf([3], "max"), bestOf([3, 1])], [1, 3, null, null]);
});

test("draws bars on a logarithmic scale for wide ranges", () => {
  const shares = (/** @type {any[]} */ cells, /** @type {any} */ bar) => {
    const scale = barScaleOf(cells, bar);
    return [scale.isLogarithmic, ...cells.map((cell) => barShareOf(scale, cell).toFixed(2))];
  };
  assert.deepEqual(shares([0, 1, 10, 1000], "auto"), [true, "0.00", "0.08", "0.38", "1.00"]);
  assert.deepEqual(shares([0, 1, 10, 1000], "linear"), [false, "0.00", "0.00", "0.01", "1.00"]);
  assert.deepEqual(shares([50, 100], "auto"), [false, "0.50", "1.00"]);
  assert.deepEqual(shares([50, 100], "log")[0], true);
  assert.deepEqual(shares([0, null, "x", -3], "auto"), [false, "0.00", "0.00", "0.00", "0.00"]);
  for (const share of shares([1e-300, 1e300, 5e-324], "auto").slice(1)) assert.ok(Number(share) >= 0 && Number(share) <= 1);
});

test("builds only the rows around the visible ones", () => {
  assert.deepEqual(windowOf(0, 260, 26, 10_000), { first: 0, end: 16 });
  for (const scrolledPx of [0, 1, 999, 26_000, 259_740, 1e9]) {
    const { first, end } = windowOf(scrolledPx, 260, 26, 10_000);
    const at = Math.min(scrolledPx, 10_000 * 26 - 260);
    assert.ok(first * 26 <= at && end * 26 >= at + 260 && end - first < 50, `${scrolledPx}: ${first} to ${end}`);
  }
  assert.deepEqual(windowOf(500, 260, 26, 3), { first: 0, end: 3 });
});

test("gives bars one width and the room that is left", () => {
  const { shares, scale, widthEm } = columnsOf(["Model", "Latency, ms", "Size"], [4, 5, 3], [false, true, true], 40);
  assert.deepEqual([shares[1] === shares[2], scale, widthEm], [true, 1, 40]);
  assert.ok(shares[1] > 0.4);
});

test("breaks headings, then shrinks letters, then scrolls", () => {
  const at = (/** @type {number} */ available) => columnsOf(["a b c d e f g h", "long word here"], [4, 4], [false, false], available);
  const [wide, narrow, tiny] = [40, 9.2, 5].map(at);
  assert.deepEqual([wide.scale, wide.widthEm], [1, 40]);
  assert.ok(narrow.scale < 1 && narrow.scale >= 0.7 && narrow.widthEm === 9.2);
  assert.ok(tiny.scale === 1 && tiny.widthEm > 5);
});

test("leaves room beside long names in a table that scrolls", () => {
  const { shares, widthEm } = columnsOf(["field", "grams", "whole", "remark"], [24, 5, 5, 24], [false, false, false, false], 24);
  assert.ok(widthEm > 24 && shares[0] * widthEm < 10, `${shares[0] * widthEm}`);
  assert.equal(columnsOf(["field"], [24], [false], 10).shares[0], 1);
});

test("fills the room with rows that have bars, up to a height", () => {
  assert.deepEqual([[10, 40.9], [10, 5], [10, 500], [10, Infinity]].map(([emPx, roomPx]) => rowHeightOf(emPx, true, roomPx)), [40, 23, 80, 80]);
  assert.deepEqual([rowHeightOf(10, false, 40), rowHeightOf(10, true, NaN)], [20, 23]);
});

test("moves rows that stay, and changes elements in place if most rows are new", () => {
  const before = elementsOf(["a", "b", "c"], new Map());
  assert.deepEqual([...before], [["a", 0], ["b", 1], ["c", 2]]);
  const moved = elementsOf(["new", "a", "b"], before);
  assert.deepEqual([...moved], [["new", 3], ["a", 0], ["b", 1]]);
  assert.deepEqual([...elementsOf(["x", "y", "z", "new"], moved)], [["x", 3], ["y", 0], ["z", 1], ["new", 4]]);
});
