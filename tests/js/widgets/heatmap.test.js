// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { rangeOf, shadeOf } from "#stickyboard/page/heat_scale.js";
import { modelOf, tooltipOf, widget } from "#stickyboard/page/widgets/heatmap.js";

import { contextOf, viewOf } from "../fakes.js";

const OPTIONS = { row: "machine", value: "load.mean", flag: "hot", cells: 60, detail: ["owner"] };

/** @param {string} machine @param {any} mean @param {object} [more] */
function event(machine, mean, more = {}) {
  return { machine, load: { mean }, ...more };
}

/** @param {any[]} values @param {object} [options] */
function modelFrom(values, options = {}) {
  return modelOf(viewOf({ load: values }).entries("load"), { ...OPTIONS, ...options });
}

test("sorts rows naturally, cells oldest first", () => {
  const { rows } = modelFrom([event("m-10", 1), event("m-2", 2), event("m-10", 3, { hot: true })]);
  assert.deepEqual(rows.map(({ name, end, cells }) => [name, end, cells.map(({ value }) => value)]), [
    ["m-2", "", [2]],
    ["m-10", "1", [1, 3]],
  ]);
});

test("shows the newest cells at the right", () => {
  const values = Array.from({ length: 75 }, (_, index) => event("a", index));
  const [{ cells }] = modelFrom(values).rows;
  assert.deepEqual([cells.length, cells[0].value, cells[59].value, cells[59].end], [60, 15, 74, 60]);
  const [short] = modelFrom([event("a", 1)], { cells: 1000 }).rows;
  assert.deepEqual([short.cells[0].start, short.cells[0].end], [999, 1000]);
});

test("takes the range from the drawn cells, or the given one", () => {
  const values = [event("a", 1e6), ...Array.from({ length: 60 }, (_, index) => event("a", -3 + index))];
  assert.deepEqual(modelFrom(values).range, [-3, 56]);
  assert.deepEqual(modelFrom(values, { range: [0, 1] }).range, [0, 1]);
  assert.deepEqual(modelFrom([]).range, [0, 1]);
});

test("has five shades, in any range", () => {
  assert.deepEqual([0, 0.19, 0.2, 0.99, 1].map((value) => shadeOf(value, [0, 1])), [1, 1, 2, 5, 5]);
  assert.deepEqual([-9, -1, 9].map((value) => shadeOf(value, [-1, 1])), [1, 1, 5]);
  assert.deepEqual([shadeOf(7, [7, 7]), shadeOf(1e16 + 2, [1e16, 1e16 + 2]), shadeOf(1.7e308, [-1.7e308, 1.7e308])], [3, 5, 5]);
  assert.deepEqual([rangeOf([3, 1, 2]), rangeOf([]), rangeOf([5], [0, 1])], [[1, 3], null, [0, 1]]);
});

test("names the rows whose newest cell is marked", () => {
  const values = [event("a", 1, { hot: true }), event("b", 1, { hot: true }), event("b", 1)];
  const model = modelFrom(values);
  assert.equal(model.sentence, "3 cells in 2 rows; hot in 2 cells; now in a");
  assert.deepEqual(model.rows.map(({ isMarked }) => isMarked), [true, false]);
  assert.equal(modelFrom(values.slice(2)).sentence, "1 cell in 1 row; hot in 0 cells");
  assert.equal(modelFrom(values, { flag: undefined }).sentence, "3 cells in 2 rows");
});

test("skips events without a row or a number", () => {
  const values = [{}, null, "x", event("a", "high"), event("a", null), { load: { mean: 1 } }, { machine: ["a"], load: { mean: 1 } }];
  const { rows, entries, withoutNumber } = modelFrom([...values, event("a", 5, { hot: "yes", owner: { name: "x" } })]);
  assert.deepEqual([rows.length, rows[0].cells.length, rows[0].cells[0].isFlagged, entries, withoutNumber], [1, 1, false, 1, 7]);
  assert.equal(modelFrom(values).rows.length, 0);
});

test("shows the details that were sent in a tooltip", () => {
  const model = modelFrom([event("a", 0.91234, { hot: true, owner: "ops" }), event("a", 1)]);
  const [{ cells }] = model.rows;
  const { title, lines } = tooltipOf(model.rows[0], cells[0], { ...OPTIONS, format: ".2f" });
  assert.deepEqual([title, lines.map(({ name }) => name), lines[0].value], ["a · hot", ["load.mean", "owner", "time"], "0.91"]);
  assert.deepEqual(tooltipOf(model.rows[0], cells[1], OPTIONS).lines.map(({ name }) => name), ["load.mean", "time"]);
});

test("tables every event, newest first", () => {
  const view = viewOf({ load: [event("a", 0.5), event("b", 1, { hot: true, owner: ["x"] })] });
  assert.deepEqual(widget(OPTIONS).table?.(view, contextOf("load")), {
    columns: ["time", "machine", "load.mean", "hot", "owner"],
    rows: [["1970-01-01T00:01:41.000Z", "b", 1, true, '["x"]'], ["1970-01-01T00:01:40.000Z", "a", 0.5, null, null]],
  });
});
