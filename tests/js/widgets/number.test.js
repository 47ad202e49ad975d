// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { pathOf, sharesOf } from "#stickyboard/page/sparkline.js";
import { layOut, widget } from "#stickyboard/page/widgets/number.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values @param {any} [options] @param {any} [eventType] */
function modelOf(values, options = {}, eventType = {}) {
  const context = contextOf("a");
  Object.assign(context.eventTypes[0], eventType);
  return widget({ value: "v", label: "name", ...options }).model(viewOf({ a: values }), context);
}

/** @param {any} value @param {any} options @param {string} field @param {any} [eventType] */
function one(value, options, field, eventType) {
  return modelOf([value], options, eventType).numbers[0][field];
}

const RING = { policy: "ring" };

test("shows one number per entry, by name, in the declared format", () => {
  const { numbers, letters } = modelOf([{ name: "n10", v: 0.256 }, { name: "n2", v: -1 }], { format: ".1%", unit: "GB" });
  assert.deepEqual(numbers.map((/** @type {any} */ { name, text }) => [name, text]), [["n2", "-100.0 %"], ["n10", "25.6 %"]]);
  assert.equal(letters.toFixed(2), "9.35");
});

test("shows a dash for what is no number", () => {
  for (const v of [undefined, null, "12", [1], { a: 1 }, true]) assert.deepEqual([one({ v }, {}, "text"), one({ v }, { target: 5 }, "target")], ["–", null]);
});

test("has no name if there is one entry without a label", () => {
  const view = { entries: () => [{ key: "", lane: "", revision: 1, at: 0, value: { v: 5 } }] };
  assert.deepEqual(widget({ value: "v" }).model(view, contextOf("a")).numbers[0].name, "");
  assert.deepEqual(widget({ value: "v" }).model(view, contextOf("a", "b")).numbers.map((/** @type {any} */ { name }) => name), ["Title of a", "Title of b"]);
});

test("shows the share of a target", () => {
  assert.deepEqual(one({ v: 30 }, { target: 120 }, "target"), { share: 0.25, text: "25 % of 120" });
  assert.deepEqual(one({ v: 90, goal: 60 }, { target: "goal" }, "target"), { share: 1, text: "150 % of 60" });
  assert.deepEqual(one({ v: -90, goal: 60 }, { target: "goal" }, "target").share, 0);
  for (const goal of [0, -1, "x", null]) assert.equal(one({ v: 1, goal }, { target: "goal" }, "target"), null);
});

test("marks a number beyond a threshold, and alerts", () => {
  const thresholds = [{ at: 80, word: "warm", level: "warn", side: "above" }, { at: 90, word: "hot", level: "alert", side: "above" }];
  const { numbers, alerts } = modelOf([{ name: "gpu-1", v: 95 }, { name: "gpu-2", v: 20 }], { thresholds, unit: "°C" });
  assert.deepEqual(numbers.map((/** @type {any} */ { mark }) => mark?.word ?? null), ["hot", null]);
  assert.deepEqual(alerts, [{ level: "alert", text: "gpu-1 hot: 95 °C" }]);
});

test("shows the newest number of each lane of a ring, its change and its curve", () => {
  const values = [1, 5, 3].flatMap((v) => [{ name: "a", v }, { name: "b", v: 10 - v }]);
  const { numbers } = modelOf(values, {}, RING);
  assert.deepEqual(numbers.map((/** @type {any} */ { name, text }) => [name, text]), [["a", "3"], ["b", "7"]]);
  assert.deepEqual(numbers.map((/** @type {any} */ { change }) => [change.text, change.direction]), [["+2", "up"], ["−2", "down"]]);
  assert.deepEqual(numbers[0].curve, [0, 1, 0.5]);
  assert.equal(modelOf(values, { label: undefined, sparkline: false, change: false }, RING).numbers.length, 1);
});

test("has neither change nor curve without a history", () => {
  const values = [{ name: "a", v: 1 }, { name: "a", v: 2 }];
  assert.deepEqual(modelOf(values).numbers.map((/** @type {any} */ { change, curve }) => [change, curve]), [[null, []], [null, []]]);
  const [number] = modelOf(values, { sparkline: false, change: false }, RING).numbers;
  assert.deepEqual([number.change, number.curve], [null, []]);
  assert.equal(modelOf([{ name: "a", v: -1.7e308 }, { name: "a", v: 1.7e308 }], {}, RING).numbers[0].change.direction, "up");
});

test("reduces a curve to its least and greatest values", () => {
  const spike = Array.from({ length: 100_000 }, (_, index) => (index === 50_001 ? 9 : index % 2));
  const shares = sharesOf(spike);
  assert.ok(shares.length <= 240 && shares.filter((share) => share === 1).length === 1 && shares.includes(0));
  assert.deepEqual([sharesOf([7, 7]), sharesOf([-1.7e308, 1.7e308])], [[0.5, 0.5], [0, 1]]);
  assert.equal(pathOf([0, 1, 0.5]), "M0.00 100.00L50.00 0.00L100.00 50.00");
});

test("chooses the columns that make the digits largest", () => {
  assert.deepEqual(layOut(1, 5, { width: 1240, height: 620 }, 20), { columns: 1, sizePx: 260 });
  assert.deepEqual(layOut(3, 5, { width: 1240, height: 200 }, 20).columns, 3);
  assert.deepEqual(layOut(3, 5, { width: 300, height: 600 }, 14).columns, 1);
  const many = layOut(60, 8, { width: 349, height: 260 }, 14);
  assert.deepEqual([many.columns, many.sizePx], [2, 23]);
  assert.ok(layOut(2, 200, { width: 0, height: 0 }, 14).columns >= 1);
});

test("leaves room for the gaps between columns", () => {
  const { columns, sizePx } = layOut(3, 3, { width: 432, height: 200 }, 14);
  assert.deepEqual([columns, sizePx * 0.62 * 3 <= (432 - 2 * 24) / 3], [3, true]);
});

test("leaves room for the gaps between many small numbers, too", () => {
  const { columns, sizePx } = layOut(60, 6, { width: 588, height: 260 }, 14);
  assert.ok(columns * sizePx * 0.7 * 6 + (columns - 1) * 24 <= 588 + columns, `${columns} columns`);
});

test("draws a bounded number, and counts all", () => {
  const model = modelOf(Array.from({ length: 10_000 }, (_, index) => ({ name: `${index}`, v: index })), { thresholds: [{ at: 0, word: "w", level: "warn", side: "above" }] });
  assert.deepEqual([model.numbers.length, model.all, model.alerts.length], [60, 10_000, 100]);
});

test("tables every stored value, the newest first", () => {
  const context = contextOf("a");
  Object.assign(context.eventTypes[0], RING);
  const table = widget({ value: "v", label: "name", target: 5 }).table?.(viewOf({ a: [{ name: "x", v: 1 }, { name: "x", v: 2 }] }), context);
  assert.deepEqual(table, { columns: ["name", "time", "v", "target"], rows: [["x", "1970-01-01T00:01:41.000Z", 2, 5], ["x", "1970-01-01T00:01:40.000Z", 1, 5]] });
});
