// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { tooltipFor } from "#stickyboard/page/plot_tooltip.js";
import { matching } from "#stickyboard/page/legend.js";
import { spread } from "#stickyboard/page/plot_marks.js";
import { widget } from "#stickyboard/page/widgets/lines.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values @param {import("#stickyboard/page/widgets/lines.js").Options} options @param {Record<string, string>} [choices] */
function modelOf(values, options, choices = {}) {
  return widget(options).model(viewOf({ a: values }), { ...contextOf("a"), options: choices });
}

const RUNS = [{ run: "b", step: 2, loss: 4, val: 5 }, { run: "a", step: 9, loss: 1, val: 2 }, { run: "a", step: -1, loss: 3, val: 1 }];

test("treats names of inherited properties as plain names", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    const values = [JSON.parse(`{"run": "${name}", "m": {"${name}": 2}}`), { run: "other", m: {} }];
    for (const options of [{ series: "run", y: "m" }, { y: "m", split: "m" }, { y: `m.${name}` }]) {
      const { panels, names } = modelOf(values, { ...options, x: "@step" });
      assert.deepEqual([panels.length, [...panels[0].lines[0].y], names.length], [1, [2], 1], name);
    }
  }
});

test("names each curve, and colours it by its series", () => {
  const { names, panels } = modelOf(RUNS, { series: "run", x: "step", y: ["loss", "val"] });
  assert.deepEqual(names.map((/** @type {any} */ item) => item.name), ["a · loss", "a · val", "b · loss", "b · val"]);
  const [{ lines }] = panels;
  assert.equal(lines[0].colour, lines[1].colour);
  for (const [one, other] of [[0, 1], [2, 3]]) assert.notDeepEqual([lines[one].dash, lines[one].mark], [lines[other].dash, lines[other].mark]);
  assert.notEqual(lines[0].colour, lines[2].colour);
});

test("spans x over all curves, or has the given range", () => {
  assert.deepEqual(modelOf(RUNS, { series: "run", x: "step", y: "loss" }).x.extent, { low: -1, high: 9 });
  assert.deepEqual(modelOf(RUNS, { x: "step", y: "loss", x_range: [0, 5] }).x.extent, { low: 0, high: 5 });
});

test("has an axis of time for server time only", () => {
  assert.equal(modelOf(RUNS, { y: "loss" }).x.kind, "time");
  assert.equal(modelOf([{ y: [1, 2] }], { y: "y" }).x.kind, "linear");
});

test("sorts the legend by the last value", () => {
  const { names } = modelOf(RUNS, { series: "run", x: "step", y: "loss" }, { order: "value" });
  assert.deepEqual(names.map((/** @type {any} */ item) => [item.name, item.detail]), [["b", "4"], ["a", "3"]]);
});

test("smooths, and keeps the measured values", () => {
  const [line] = modelOf([{ y: 0 }, { y: 1 }], { y: "y", smooth: 0.5 }).panels[0].lines;
  assert.deepEqual([[...line.y], [...line.raw]], [[0, 2 / 3], [0, 1]]);
  assert.equal(modelOf([{ y: 0 }], { y: "y", smooth: 0.5 }, { smooth: "0" }).panels[0].lines[0].raw, undefined);
});

test("raises an alert for a newest value beyond a threshold", () => {
  const thresholds = /** @type {const} */ ([{ at: 3, word: "hot", level: "alert", side: "above" }]);
  const { alerts } = modelOf(RUNS, { series: "run", x: "step", y: "loss", thresholds: [...thresholds] });
  assert.deepEqual(alerts, [{ level: "alert", text: "a hot: 3" }, { level: "alert", text: "b hot: 4" }]);
});

test("says what a logarithmic scale leaves out", () => {
  const { notes, y } = modelOf([{ y: 0 }, { y: 5 }], { y: "y", y_scale: "log" });
  assert.equal(y.kind, "log");
  assert.match(notes[0], /^1 value /);
  assert.deepEqual(modelOf([{ y: 0 }, { y: 5 }], { y: "y", y_scale: "log" }, { scale: "linear" }).notes, []);
});

test("takes a title from the newest event that has one", () => {
  const { x, y } = modelOf([{ y: 1, u: "old" }, { y: 2, u: "seconds" }, { y: 3 }], { y: "y", x_title_field: "u", y_title: "loss" });
  assert.deepEqual([x.title, y.title], ["seconds", "loss"]);
});

test("shares y between charts of a field, not of a map", () => {
  assert.equal(modelOf([{ h: "a", y: 1 }], { y: "y", split: "h" }).y.isShared, true);
  assert.equal(modelOf([{ m: { a: 1 } }], { y: "m", split: "m" }).y.isShared, false);
});

test("computes a model once for the same entries", () => {
  const entries = viewOf({ a: RUNS }).entries("a");
  const { model } = widget({ y: "loss" });
  const view = { entries: () => [...entries] };
  const first = model(view, contextOf("a"));
  assert.equal(model(view, contextOf("a")), first);
  entries.shift();
  assert.notEqual(model(view, contextOf("a")), first);
});

test("tables every point", () => {
  const { table } = widget({ series: "run", x: "step", y: "loss", x_title: "step" });
  assert.deepEqual(table?.(viewOf({ a: RUNS }), contextOf("a")), {
    columns: ["curve", "step", "y"], rows: [["a", -1, 3], ["a", 9, 1], ["b", 2, 4]],
  });
  assert.deepEqual(widget({ y: "loss" }).table?.(viewOf({ a: RUNS.slice(0, 1) }), contextOf("a")).rows, [["loss", "1970-01-01T00:01:40.000Z", 4]]);
});

test("reads each line next to the crosshair, the highest first", () => {
  const { panels, x, y } = modelOf(RUNS, { series: "run", x: "step", y: "loss", x_title: "step", format: ".1f" });
  const tooltip = tooltipFor(panels[0].lines, 8, { x, y });
  assert.deepEqual([tooltip?.title, tooltip?.lines.map(({ name, value }) => [name, value])], ["step: 9", [["b", "4.0"], ["a", "1.0"]]]);
  assert.equal(tooltipFor([], 8, { x, y }), null);
});

test("finds names by all words of a text", () => {
  const items = ["Run 1 loss", "run 2 loss", "run 2 val"].map((name) => ({ name, colour: 0, symbol: "" }));
  assert.deepEqual(matching(items, " RUN  loss").map(({ name }) => name), ["Run 1 loss", "run 2 loss"]);
  assert.equal(matching(items, "").length, 3);
});

test("moves names at line ends apart, and not beyond the bottom", () => {
  assert.deepEqual(spread([{ at: 98 }, { at: 10 }, { at: 97 }, { at: 12 }], 10, 100).map(({ at }) => at), [10, 20, 90, 100]);
});
