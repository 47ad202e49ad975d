// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { modelOf, widget } from "#stickyboard/page/widgets/run_list.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} runs received at 100 s, 101 s, … @param {any[]} [tasks] @param {number} [nowS] */
function runsOf(runs, tasks = [], nowS = 110) {
  return modelOf(viewOf({ run: runs, run_progress: tasks }), { ...contextOf("run", "run_progress"), nowS }).runs;
}

const RUN = { run: "r", status: "running", started: 40, config: {}, step: 1200 };

test("shows that a running run sends nothing", () => {
  const texts = [110, 161, 400].map((nowS) => [runsOf([RUN], [], nowS)[0].state, runsOf([RUN], [], nowS)[0].status]);
  assert.deepEqual(texts, [["running", "running"], ["silent", "no message for 1 min 1 s"], ["silent", "no message for 5 min"]]);
  assert.equal(runsOf([{ ...RUN, status: "finished" }], [], 400)[0].state, "finished");
});

test("shows running runs first, then the newest", () => {
  const runs = [{ ...RUN, run: "old" }, { ...RUN, run: "done", status: "crashed", started: 99 }, { ...RUN, run: "new", started: 50 }];
  assert.deepEqual(runsOf(runs).map(({ name }) => name), ["new", "old", "done"]);
});

test("names the settings first in which runs differ", () => {
  const runs = [{ ...RUN, run: "a", config: { batch: 64, lr: 0.1 } }, { ...RUN, run: "b", config: { batch: 64, lr: 0.2 } }];
  assert.deepEqual(runsOf(runs).map(({ config }) => config).sort(), ["lr 0.1 · batch 64", "lr 0.2 · batch 64"]);
});

test("shows the newest task of each run", () => {
  const tasks = [{ run: "r", label: "r epoch 1", done: 5, total: 5 }, { run: "r", label: "r epoch 2", done: 1, total: 4 }];
  const [run] = runsOf([RUN], tasks);
  assert.deepEqual([run.progress, run.share], ["epoch 2 25 %", 0.25]);
});

test("counts values that are no numbers, which a course may drop", () => {
  assert.deepEqual(runsOf([{ ...RUN, odd: 2, problems: 1 }]).map(({ problems }) => problems), ["2 NaN or infinite · 1 not logged"]);
});

test("survives what no run sends", () => {
  const odd = [null, { run: "t", status: "constructor" }, 3, { run: 7 }, { run: "r" }, { run: "s", status: 4, started: "x", config: [1], step: "y", host: {}, problems: "z" }];
  assert.equal(runsOf(odd, [null, { run: "r", done: "x" }]).length, 3);
});

test("has a column for each setting in its table", () => {
  const runs = [{ ...RUN, config: { lr: 0.1, constructor: 1 } }, { ...RUN, run: "s", config: /** @type {any} */ ({ batch: 64 }) }];
  const table = widget().table?.(viewOf({ run: runs }), contextOf("run"));
  assert.deepEqual(table?.columns.slice(7), ["batch", "lr", "constructor"]);
  assert.deepEqual(table?.rows.map((row) => row.slice(7)), [[64, null, null], [null, 0.1, 1]]);
});
