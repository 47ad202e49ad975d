// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { tooltipFor } from "#stickyboard/page/plot_tooltip.js";
import { binsOf, widget } from "#stickyboard/page/widgets/histogram.js";

import { contextOf, doubles, randomFrom, viewOf } from "../fakes.js";

/** @param {any[]} values @param {import("#stickyboard/page/widgets/histogram.js").Options} options */
function modelOf(values, options) {
  return widget(options).model(viewOf({ a: values }), contextOf("a"));
}

/** @param {any[]} values @param {import("#stickyboard/page/widgets/histogram.js").Options} options */
function read(values, options) {
  return binsOf(viewOf({ a: values }).entries("a"), options, contextOf("a"));
}

test("draws given bins, the newest of each series", () => {
  const values = [{ n: "a", c: [9], b: [0, 1] }, { n: "b", c: [1, 2], b: [0, 5, 6] }, { n: "a", c: [3, 4], b: [0, 1, 2] }];
  const { panels, y } = modelOf(values, { counts: "c", bins: "b", series: "n" });
  assert.deepEqual(panels[0].lines.map((/** @type {any} */ line) => [line.name, line.x, line.y]), [
    ["a", [0, 1, 2], [3, 4, 0]], ["b", [0, 5, 6], [1, 2, 0]],
  ]);
  assert.equal(y.range, null);
});

test("counts values in bins that all series share", () => {
  const { bins } = read([{ n: "a", v: [0, 1, 1, 10] }, { n: "b", v: [4, 5, null, "x"] }], { values: "v", series: "n", max_bins: 2 });
  assert.deepEqual(bins.map(({ series, edges, counts }) => [series, edges, counts]), [["a", [0, 5, 10], [3, 1]], ["b", [0, 5, 10], [1, 1]]]);
});

test("draws one distribution per key, or per lane of a ring, without a series", () => {
  const entries = ["x", "y"].map((key, index) => ({ key, lane: "both", revision: index, at: 0, value: { v: [index, 2] } }));
  const context = { eventTypes: [{ name: "a", title: "A" }] };
  const model = widget({ values: "v" }).model({ entries: () => entries }, context);
  assert.deepEqual(model.names.map((/** @type {any} */ { name }) => name), ["x", "y"]);
  const ofRing = binsOf(entries, { values: "v" }, { eventTypes: [{ ...context.eventTypes[0], policy: "ring" }] });
  assert.deepEqual(ofRing.bins.map(({ series }) => series), ["both"]);
});

test("loses no value of any size", () => {
  const random = randomFrom(9);
  for (let round = 0; round < 50; round += 1) {
    const values = doubles(random, 2 + Math.floor(random() * 40));
    const { bins: [{ edges, counts }] } = read([{ v: values }], { values: "v", max_bins: 7 });
    assert.equal(counts.reduce((sum, count) => sum + count, 0), values.length, String(values));
    assert.ok(edges.every((edge, index) => index === 0 || edge > edges[index - 1]) && edges.length >= 2, String(values));
  }
});

test("draws a ridge per step, the first at the back", () => {
  const values = [2, 1, 3].map((step) => ({ step, c: [step, 0] }));
  const { panels, y, isOpaque } = modelOf(values, { counts: "c", over: "step" });
  assert.deepEqual(panels[0].lines.map((/** @type {any} */ line) => [line.label, line.base, line.y, line.read]), [
    ["1", 2, [2 + 1 / 3, 2, 2], [1, 0, 0]], ["2", 1, [1 + 2 / 3, 1, 1], [2, 0, 0]], ["3", 0, [1, 0, 0], [3, 0, 0]],
  ]);
  assert.deepEqual(y.ticks, [{ at: 2, text: "1" }, { at: 1, text: "2" }, { at: 0, text: "3" }]);
  assert.equal(isOpaque, true);
});

test("draws some of many steps evenly, with the first and the last", () => {
  const { panels, notes } = modelOf(Array.from({ length: 500 }, (_, step) => ({ step, c: [1] })), { counts: "c", over: "step" });
  const labels = panels[0].lines.map((/** @type {any} */ line) => line.label);
  assert.deepEqual([labels.length, labels[0], labels.at(-1)], [40, "0", "499"]);
  assert.match(notes[0], /40 of 500 steps/);
});

test("skips what it cannot read, and says so", () => {
  const values = [{ c: [1, 2], b: [0, 1] }, null, { c: "x" }, { c: [1], b: [1, 0] }, { c: [], b: [0] }];
  assert.deepEqual(values.map((value) => read([value], { counts: "c", bins: "b" })), values.map(() => ({ bins: [], unread: 1 })));
  assert.match(modelOf(values, { counts: "c", bins: "b" }).notes[0], /^5 events /);
});

test("tables every bin", () => {
  const { table } = widget({ counts: "c", bins: "b", series: "n", over: "s" });
  assert.deepEqual(table?.(viewOf({ a: [{ n: "a", s: 7, c: [3, 4], b: [0, 1, 2] }] }), contextOf("a")), {
    columns: ["series", "s", "from", "to", "count"], rows: [["a", 7, 0, 1, 3], ["a", 7, 1, 2, 4]],
  });
});

test("reads the bin at the crosshair", () => {
  const { panels, x, y, isStepped } = modelOf([{ c: [3, 4], b: [0, 1, 2] }], { counts: "c", bins: "b" });
  const tooltip = tooltipFor(panels[0].lines, 0.9, { x, y, isStepped });
  assert.deepEqual([tooltip?.title, tooltip?.lines[0].value], ["b: 0 to 1", "3"]);
});
