// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { model, table } from "#dashboard/scenes/model_perf.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {...any} values */
function tableOf(...values) {
  return model(viewOf({ model_perf: values }), contextOf("model_perf"));
}

test("each cell has its text and its share of the column's largest", () => {
  const { columns, rows } = tableOf(
    { model: "mlp", latency_ms: 0.5, throughput_per_s: 200, size_bytes: 1_000_000 },
    { model: "gbt", latency_ms: 2, throughput_per_s: 100, size_bytes: 250_000 },
  );
  assert.deepEqual(columns, ["Latency, ms", "Rows per s", "Size"]);
  assert.deepEqual(rows, [
    { model: "gbt", cells: [{ text: "2", share: 1 }, { text: "100", share: 0.5 }, { text: "250 kB", share: 0.25 }] },
    { model: "mlp", cells: [{ text: "0.5", share: 0.25 }, { text: "200", share: 1 }, { text: "1 MB", share: 1 }] },
  ]);
});

test("a column of zeros has no bars", () => {
  const { rows } = tableOf({ model: "gbt", latency_ms: 0, throughput_per_s: 0, size_bytes: 0 });
  assert.deepEqual(rows[0].cells.map(({ share }) => share), [0, 0, 0]);
});

test("the table has the numbers as they were sent", () => {
  const values = [{ model: "gbt", latency_ms: 0.04321, throughput_per_s: 12345.6, size_bytes: 2048 }];
  assert.deepEqual(table(viewOf({ model_perf: values }), contextOf("model_perf")).rows, [["gbt", 0.04321, 12345.6, 2048]]);
});
