// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { layOut, widget, widthsOf } from "#stickyboard/page/widgets/bars.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values @param {any} [options] @param {Record<string, string>} [chosen] */
function modelOf(values, options = {}, chosen = {}) {
  return widget({ value: "v", label: "name", ...options }).model(viewOf({ a: values }), { ...contextOf("a"), options: chosen });
}

/** @param {any} model @param {string} field */
function each(model, field) {
  return model.bars.map((/** @type {any} */ bar) => bar[field]);
}

/** @param {number} count */
function many(count) {
  return Array.from({ length: count }, (_, index) => ({ name: `n${index}`, v: index }));
}

test("places bars on the declared scale", () => {
  const model = modelOf([{ name: "b", v: 0.25 }, { name: "a", v: 1 }, { name: "c", v: 3 }], { range: [0, 1], format: ".3f" });
  assert.deepEqual([model.scale.low, model.scale.high, model.scale.zero, model.beyond], [0, 1, null, 1]);
  assert.deepEqual(each(model, "name"), ["a", "b", "c"]);
  assert.deepEqual(each(model, "text"), ["1.000", "0.250", "3.000"]);
  assert.deepEqual(each(model, "start"), [0, 0, 0]);
  assert.deepEqual(each(model, "length"), [1, 0.25, 1]);
});

test("takes a round scale from the data, with a zero line", () => {
  const model = modelOf([{ name: "a", v: -30 }, { name: "b", v: 75 }]);
  assert.deepEqual([model.scale.low, model.scale.high], [-50, 100]);
  assert.equal(model.scale.zero?.toFixed(3), "0.333");
  assert.deepEqual(each(model, "start").map((/** @type {number} */ share) => share.toFixed(3)), ["0.133", "0.333"]);
  assert.deepEqual(each(model, "length").map((/** @type {number} */ share) => share.toFixed(3)), ["0.200", "0.500"]);
  assert.deepEqual(modelOf([{ name: "a", v: 0.7, ci: [0.6, 1.2] }], { interval: "ci" }).scale.high, 1.5);
});

test("has a scale for any finite numbers", () => {
  for (const values of [[0, 0], [-5, -5], [1e-300], [1e16, 1e16 + 2], [Number.MAX_VALUE, -Number.MAX_VALUE], [5e-324], [-1e308, 3]]) {
    const { scale, bars } = modelOf(values.map((v, index) => ({ name: `${index}`, v })));
    assert.ok(scale.low < scale.high && Number.isFinite(scale.low) && Number.isFinite(scale.high), `${values}: ${scale.low} to ${scale.high}`);
    for (const { start, length } of bars) assert.ok(start >= 0 && length >= 0 && start + length <= 1 + 1e-9, `${values}`);
  }
});

test("draws the interval, and writes details", () => {
  const values = [{ name: "a", v: 0.9, ci: [0.92, 0.88], rows: 1797, ok: true, note: "x".repeat(200), list: [1] }];
  const [bar] = modelOf(values, { range: [0, 1], interval: "ci", detail: ["rows", "ok", "note", "list", "none"], format: ".3f" }).bars;
  assert.deepEqual(bar.interval, [0.88, 0.92]);
  assert.equal(bar.detail, `0.880 to 0.920 · 1,797 rows · ok: yes · ${"x".repeat(80)}`);
  for (const ci of [null, 3, [1], ["a", "b"], [1, 2, 3]]) assert.equal(modelOf([{ name: "a", v: 1, ci }], { interval: "ci" }).bars[0].interval, null);
});

test("leaves out what has no number, and counts it", () => {
  const model = modelOf([{ name: "a", v: "12" }, { name: "b" }, 5, null, { name: "c", v: 1 }]);
  assert.deepEqual([each(model, "name"), model.withoutNumber], [["c"], 4]);
});

test("sorts as declared or chosen, the largest first if there are many", () => {
  const values = [{ name: "n10", v: 2 }, { name: "n2", v: 3 }, { name: "n1", v: 2 }];
  assert.deepEqual(each(modelOf(values), "name"), ["n1", "n2", "n10"]);
  assert.deepEqual(each(modelOf(values, { sort: "none" }), "name"), ["n10", "n2", "n1"]);
  assert.deepEqual(each(modelOf(values, { sort: "value" }), "name"), ["n1", "n10", "n2"]);
  assert.deepEqual(each(modelOf(values, {}, { order: "-value" }), "name"), ["n2", "n1", "n10"]);
  assert.deepEqual(each(modelOf(many(25)), "name").slice(0, 2), ["n24", "n23"]);
  assert.equal(each(modelOf(many(25), { sort: "label" }), "name")[0], "n0");
});

test("draws a bounded number of bars, and counts all", () => {
  const model = modelOf(many(10_000));
  assert.deepEqual([model.bars.length, model.all, model.bars[0].name], [200, 10_000, "n9999"]);
});

test("draws a bar per key of a map", () => {
  const counts = JSON.parse('{"lab-1":3,"__proto__":4,"constructor":5,"text":"x"}');
  const model = modelOf([{ v: counts }], { label: undefined });
  assert.deepEqual([each(model, "name"), each(model, "text"), model.withoutNumber], [["__proto__", "constructor", "lab-1"], ["4", "5", "3"], 1]);
});

test("loses no row of two event types with equal keys", () => {
  const view = viewOf({ a: [{ name: "gbt", v: 1 }, { name: "mlp", v: 2 }], b: [{ name: "gbt", v: 3 }] });
  const model = widget({ value: "v", label: "name" }).model(view, contextOf("a", "b"));
  assert.deepEqual(each(model, "name"), ["gbt (Title of a)", "gbt (Title of b)", "mlp"]);
  assert.equal(new Set(each(model, "id")).size, 3);
});

test("marks values beyond a threshold with its word, and alerts", () => {
  const thresholds = [{ at: 80, word: "warm", level: "warn", side: "above" }, { at: 90, word: "hot", level: "alert", side: "above" }];
  const model = modelOf([{ name: "a", v: 70 }, { name: "b", v: 85 }, { name: "c", v: 95 }], { thresholds, range: [0, 85] });
  assert.deepEqual(each(model, "mark").map((/** @type {any} */ mark) => mark?.word ?? null), [null, "warm", "hot"]);
  assert.deepEqual(model.alerts, [{ level: "warn", text: "b warm: 85" }, { level: "alert", text: "c hot: 95" }]);
  assert.deepEqual(model.scale.lines.map((/** @type {any} */ line) => line.level), ["warn"]);
  assert.equal(modelOf(many(10_000), { thresholds }).alerts.length, 100);
});

test("tables the numbers as they were sent", () => {
  const values = [{ name: "mlp", v: 1 / 3 }, { name: "gbt", v: 0.9, ci: [0.8, 0.95], rows: 20 }];
  const table = widget({ value: "v", label: "name", interval: "ci", detail: "rows" }).table?.(viewOf({ a: values }), contextOf("a"));
  assert.deepEqual(table, { columns: ["name", "v", "ci from", "ci to", "rows"], rows: [["gbt", 0.9, 0.8, 0.95, 20], ["mlp", 1 / 3, null, null, null]] });
});

test("adds columns while they are legible, then scrolls", () => {
  const size = { width: 600, height: 300 };
  assert.deepEqual(layOut(8, size, 14), { columns: 1, rows: 8, perColumn: 14, scrolls: false });
  assert.deepEqual(layOut(20, size, 14), { columns: 2, rows: 10, perColumn: 14, scrolls: false });
  assert.deepEqual(layOut(40, size, 14), { columns: 2, rows: 20, perColumn: 14, scrolls: true });
  assert.deepEqual(layOut(40, { width: 1800, height: 900 }, 20), { columns: 2, rows: 20, perColumn: 30, scrolls: false });
  assert.deepEqual(layOut(1, { width: 0, height: 0 }, 14), { columns: 1, rows: 1, perColumn: 1, scrolls: false });
});

test("gives the bar room beside long names and values", () => {
  const { bars } = modelOf([{ name: "n".repeat(200), v: 1 }], { format: ".3f" });
  const { nameEm, valueEm, barEm } = widthsOf(bars, 25);
  assert.deepEqual([nameEm, valueEm], [9, 3.3]);
  assert.ok(barEm > 7);
});
