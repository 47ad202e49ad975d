// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { EPISODES, WINDOWS, model, table } from "#dashboard/scenes/prediction.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {any[]} values */
function modelOf(values) {
  return model(viewOf({ prediction: values }), contextOf("prediction"));
}

/** @param {string} episode_id @param {number} window_idx @param {string} [label] @param {object} [more] */
function window(episode_id, window_idx, label = "dos", more = {}) {
  return { episode_id, window_idx, label, ...more };
}

test("the episode that began last comes first, also while an older one goes on", () => {
  const { rows } = modelOf([window("old", 0), window("new", 0), window("old", 1)]);
  assert.deepEqual(rows.map(({ episode, cells }) => [episode, cells.length]), [["new", 1], ["old", 2]]);
});

test("only the newest episodes are shown", () => {
  const { rows } = modelOf(Array.from({ length: 20 }, (_, index) => window(`e${index}`, 0)));
  assert.deepEqual([rows.length, rows[0].episode, rows.at(-1)?.episode], [EPISODES, "e19", "e8"]);
});

test("of long episodes the newest windows are shown, in the same columns for all", () => {
  const { rows, first, columns } = modelOf([window("b", 99), window("b", 59), window("a", 70), window("a", 60)]);
  assert.deepEqual([first, columns], [60, WINDOWS]);
  assert.deepEqual(rows.map(({ cells }) => cells.map((cell) => cell.window)), [[70, 60], [99]]);
});

test("a cell bears colour and letter of its class", () => {
  const [row] = modelOf([window("e", 0, "dos"), window("e", 1, "benign")]).rows;
  assert.deepEqual(row.cells.map(({ letter, colour }) => [letter, colour]), [["D", 1], ["B", 0]]);
});

test("a cell is wrong only where the truth is known and differs", () => {
  const [row] = modelOf([window("e", 0), window("e", 1, "dos", { truth: "dos" }), window("e", 2, "dos", { truth: "benign" })]).rows;
  assert.deepEqual(row.cells.map(({ isWrong }) => isWrong), [false, false, true]);
});

test("a cell's sentence tells class, probability and truth", () => {
  const [row] = modelOf([window("e", 2, "dos", { truth: "benign", probabilities: { dos: 0.834 } })]).rows;
  assert.equal(row.cells[0].sentence, "e, window 2: dos (83 %), in truth benign");
});

test("the table has every window, newest episode first, and a column for each class's probability", () => {
  const values = [window("old", 0), window("new", 0, "benign", { truth: "dos", probabilities: { dos: 0.4, benign: 0.6 } }), window("old", 1)];
  assert.deepEqual(table(viewOf({ prediction: values }), contextOf("prediction")), {
    columns: ["episode", "window", "predicted", "truth", "p(benign)", "p(dos)"],
    rows: [["new", 0, "benign", "dos", 0.6, 0.4], ["old", 0, "dos", null, null, null], ["old", 1, "dos", null, null, null]],
  });
});
