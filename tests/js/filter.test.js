// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Filter, MAX_TEXT } from "#stickyboard/page/filter.js";
import { filteredText } from "#stickyboard/page/not_shown.js";

const TYPES = [
  { name: "metric", title: "", keyFields: ["model"] },
  { name: "live", title: "", keyFields: ["host"] },
  { name: "total", title: "", keyFields: [] },
];

/** @param {Record<string, object[]>} values @returns {import("#stickyboard/page/filter.js").Source} */
function sourceOf(values) {
  const entries = (/** @type {string} */ type) =>
    (values[type] ?? []).map((value, index) => ({ key: String(index), lane: "", revision: index, at: index, value }));
  return { entries, count: (type) => entries(type).length, changedAt: () => 1 };
}

const SOURCE = sourceOf({
  metric: [{ model: "gbt" }, { model: "mlp" }],
  live: [{ host: "lab-1", model: "gbt" }, { host: "Office-1", model: "mlp" }, { host: "office-2" }],
  total: [{ n: 1 }],
});

/** @param {string} text @param {import("#stickyboard/page/filter.js").Source} [source] */
function countsWith(text, source = SOURCE) {
  const filter = new Filter(TYPES);
  filter.set(text, source);
  return TYPES.map(({ name }) => filter.applied(source).count(name));
}

test("searches in the key fields of all event types", () => {
  assert.deepEqual(countsWith("gbt"), [1, 2, 1]); // also the live entries that name the model, and those without one
  assert.deepEqual(countsWith("OFFICE"), [2, 2, 1]);
  assert.deepEqual(countsWith("office 2"), [2, 1, 1]);
  assert.deepEqual(countsWith(" "), [2, 3, 1]);
});

test("hides every named entry if nothing matches", () => {
  assert.deepEqual(countsWith("zzz"), [0, 0, 1]);
});

test("survives values without fields, and inherited names", () => {
  const source = sourceOf({ metric: [JSON.parse('{"model": "constructor"}'), /** @type {any} */ (null), /** @type {any} */ (3)] });
  assert.deepEqual(countsWith("constructor", source)[0], 3);
  const filter = new Filter([{ name: "metric", title: "", keyFields: ["constructor"] }]);
  filter.set("function", source);
  assert.equal(filter.applied(source).count("metric"), 3);
});

test("notices that a new name matches", () => {
  const filter = new Filter(TYPES);
  filter.set("tree", SOURCE);
  assert.equal(filter.refresh(SOURCE), false);
  assert.equal(filter.refresh(sourceOf({ metric: [{ model: "tree" }] })), true);
});

test("returns the state itself without a filter", () => {
  const filter = new Filter(TYPES);
  filter.set("", SOURCE);
  assert.equal(filter.applied(SOURCE), SOURCE);
  assert.deepEqual(filter.fields, ["model", "host"]);
});

test("states how many entries match", () => {
  const filter = new Filter(TYPES);
  filter.set("gbt", SOURCE);
  assert.equal(filteredText(filter.applied(SOURCE), SOURCE, [TYPES[0]]), "1 of 2 entries match the filter.");
  assert.equal(filteredText(filter.applied(SOURCE), SOURCE, TYPES), "2 of 4 entries match the filter; it does not apply to 2 others.");
  assert.equal(filteredText(filter.applied(SOURCE), SOURCE, [TYPES[2]]), "");
  filter.set("zzz", SOURCE);
  assert.equal(filteredText(filter.applied(SOURCE), SOURCE, TYPES), "0 of 5 entries match the filter; it does not apply to 1 other.");
  const single = sourceOf({ metric: [{ model: "gbt" }] });
  assert.equal(filteredText(filter.applied(single), single, TYPES), "0 of 1 entry matches the filter.");
});

test("is bounded", () => {
  const filter = new Filter(TYPES);
  filter.set("x".repeat(999), SOURCE);
  assert.equal(filter.text.length, MAX_TEXT);
});
