// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { TICKS, detailText, layOut, model, table } from "#stickyboard/page/scenes/model_metric.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {...any} values */
function barsOf(...values) {
  return model(viewOf({ model_metric: values }), contextOf("model_metric")).bars;
}

test("has a scale from 0 to 1", () => {
  assert.deepEqual(TICKS, [0, 0.25, 0.5, 0.75, 1]);
});

test("sorts known models first, then others by name", () => {
  const bars = barsOf(...["zeta", "bert", "model-10", "gbt", "model-2", "knn"].map((name) => ({ model: name, macro_f1: 0.5 })));
  assert.deepEqual(bars.map((bar) => bar.model), ["gbt", "knn", "bert", "model-2", "model-10", "zeta"]);
});

test("shows a score with three decimals and keeps it exact", () => {
  const [bar] = barsOf({ model: "gbt", macro_f1: 0.0314159 });
  assert.deepEqual([bar.text, bar.score, detailText(bar)], ["0.031", 0.0314159, ""]);
});

test("shows interval and rows if they are given", () => {
  const [bar] = barsOf({ model: "gbt", macro_f1: 0.9, macro_f1_ci: [0.88, 0.92], rows: 1797 });
  assert.equal(detailText(bar), "95 %: 0.880 to 0.920 · 1,797 rows");
});

test("has a gradient for every name", () => {
  for (const name of ["gbt", "never heard of", "__proto__", "🙂"]) {
    const [{ from, to }] = barsOf({ model: name, macro_f1: 1 });
    assert.ok(from && to && from !== to, name);
  }
});

test("tables the numbers as they were sent", () => {
  const values = [{ model: "mlp", macro_f1: 1 / 3 }, { model: "gbt", macro_f1: 0.9, macro_f1_ci: [0.8, 0.95], rows: 20 }];
  assert.deepEqual(table(viewOf({ model_metric: values }), contextOf("model_metric")).rows, [
    ["gbt", 0.9, 0.8, 0.95, 20], ["mlp", 1 / 3, null, null, null],
  ]);
});

test("sorts by score if chosen, ties in fixed order", () => {
  const values = [["knn", 0.5], ["zeta", 0.9], ["gbt", 0.5]].map(([model, macro_f1]) => ({ model, macro_f1 }));
  const context = { ...contextOf("model_metric"), options: { order: "score" } };
  assert.deepEqual(model(viewOf({ model_metric: values }), context).bars.map((bar) => bar.model), ["zeta", "gbt", "knn"]);
});

test("adds columns while they are legible, then scrolls", () => {
  const size = { width: 600, height: 300 };
  assert.deepEqual(layOut(8, size, 14), { columns: 1, rows: 8, scrolls: false });
  assert.deepEqual(layOut(20, size, 14), { columns: 2, rows: 10, scrolls: false });
  assert.deepEqual(layOut(40, size, 14), { columns: 2, rows: 20, scrolls: true });
  assert.deepEqual(layOut(40, { width: 1800, height: 900 }, 20), { columns: 2, rows: 20, scrolls: false });
  assert.deepEqual(layOut(1, { width: 0, height: 0 }, 14), { columns: 1, rows: 1, scrolls: false });
});
