// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { model, scaleOf, table } from "#stickyboard/page/scenes/model_perf.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {...any} values */
function tableOf(...values) {
  return model(viewOf({ model_perf: values }), contextOf("model_perf"));
}

/** @param {ReturnType<typeof tableOf>} model @param {"text" | "share" | "isBest"} field */
function cellsOf({ rows }, field) {
  return Object.fromEntries(rows.map(({ model, cells }) => [model, cells.map((cell) => cell[field])]));
}

const TWO = [
  { model: "mlp", latency_ms: 0.5, throughput_per_s: 200, size_bytes: 1_000_000 },
  { model: "gbt", latency_ms: 2, throughput_per_s: 100, size_bytes: 250_000 },
];

test("shows each value and its share of the largest", () => {
  assert.deepEqual(tableOf(...TWO).columns.map(({ title }) => title), ["Latency, ms", "Rows per s", "Size"]);
  assert.deepEqual(cellsOf(tableOf(...TWO), "text"), { gbt: ["2", "100", "250 kB"], mlp: ["0.5", "200", "1 MB"] });
  assert.deepEqual(cellsOf(tableOf(...TWO), "share"), { gbt: [1, 0.5, 0.25], mlp: [0.25, 1, 1] });
});

test("marks the best value of each column", () => {
  assert.deepEqual(cellsOf(tableOf(...TWO), "isBest"), { gbt: [false, false, true], mlp: [true, true, false] });
  assert.deepEqual(cellsOf(tableOf(TWO[0]), "isBest"), { mlp: [false, false, false] });
});

test("uses logarithmic bars for wide ranges and reports it", () => {
  const { isLogarithmic, shareOf } = scaleOf([0, 1, 10, 1000]);
  assert.equal(isLogarithmic, true);
  assert.deepEqual([0, 1, 10, 1000].map(shareOf).map((share) => share.toFixed(2)), ["0.00", "0.08", "0.38", "1.00"]);
  assert.equal(tableOf(...TWO).note, "");
  assert.equal(tableOf(TWO[0], { ...TWO[1], size_bytes: 2 }).note, "Logarithmic bars: size");
  const far = { model: "cnn", latency_ms: 900, throughput_per_s: 1, size_bytes: 1 };
  assert.equal(tableOf(...TWO, far).note, "Logarithmic bars");
});

test("sorts by a column, best first", () => {
  /** @param {string} [order] */
  const order = (order) => {
    const context = { ...contextOf("model_perf"), ...(order ? { options: { order } } : {}) };
    const { columns, rows } = model(viewOf({ model_perf: TWO }), context);
    return [rows.map((row) => row.model), columns.map(({ sort }) => sort)];
  };
  assert.deepEqual(order(), [["gbt", "mlp"], ["none", "none", "none"]]);
  assert.deepEqual(order("latency_ms"), [["mlp", "gbt"], ["ascending", "none", "none"]]);
  assert.deepEqual(order("throughput_per_s"), [["mlp", "gbt"], ["none", "descending", "none"]]);
  assert.deepEqual(order("size_bytes"), [["gbt", "mlp"], ["none", "none", "ascending"]]);
});

test("draws no bars for a column of zeros", () => {
  const { rows } = tableOf({ model: "gbt", latency_ms: 0, throughput_per_s: 0, size_bytes: 0 });
  assert.deepEqual(rows[0].cells.map(({ share }) => share), [0, 0, 0]);
});

test("tables the numbers as they were sent", () => {
  const values = [{ model: "gbt", latency_ms: 0.04321, throughput_per_s: 12345.6, size_bytes: 2048 }];
  assert.deepEqual(table(viewOf({ model_perf: values }), contextOf("model_perf")).rows, [["gbt", 0.04321, 12345.6, 2048]]);
});
