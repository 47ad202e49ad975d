// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { firstsOf, layOut, placeAt, steppedTo, ticksOf } from "#stickyboard/page/grid.js";
import { EPISODES, WINDOWS, model, table, tooltipOf } from "#stickyboard/page/scenes/prediction.js";
import { tooltipText } from "#stickyboard/page/tooltip.js";

import { contextOf, viewOf } from "./fakes.js";
import { useColours } from "#stickyboard/page/palette.js";

useColours({ benign: 1, dos: 2, botnet: 2 });

/** @param {any[]} values */
function modelOf(values) {
  return model(viewOf({ prediction: values }), contextOf("prediction"));
}

/** @param {string} episode_id @param {number} window_idx @param {string} [label] @param {object} [more] */
function window(episode_id, window_idx, label = "dos", more = {}) {
  return { episode_id, window_idx, label, ...more };
}

test("sorts episodes by their beginning, newest first", () => {
  const { rows } = modelOf([window("old", 0), window("new", 0), window("old", 1)]);
  assert.deepEqual(rows.map(({ episode, cells }) => [episode, cells.length]), [["new", 1], ["old", 2]]);
});

test("shows only the newest episodes", () => {
  const { rows } = modelOf(Array.from({ length: 20 }, (_, index) => window(`e${index}`, 0)));
  assert.deepEqual([rows.length, rows[0].episode, rows.at(-1)?.episode], [EPISODES, "e19", "e8"]);
});

test("shows the newest windows of long episodes", () => {
  const { rows, columns, windows } = modelOf([window("b", 99), window("b", 59), window("a", 70), window("a", 60)]);
  assert.deepEqual([columns, windows], [WINDOWS, 4]);
  assert.deepEqual(rows.map(({ cells }) => cells.map((cell) => cell.window)), [[60, 70], [99]]);
});

test("aligns rows, except mostly empty ones", () => {
  assert.deepEqual(firstsOf([97, 99, 90], 40), { firsts: [60, 60, 60], common: 60 });
  assert.deepEqual(firstsOf([79, 11, 11, 11], 40), { firsts: [40, 0, 0, 0], common: 0 });
  assert.deepEqual(firstsOf([11, 5], 12), { firsts: [0, 0], common: 0 });
  assert.deepEqual(firstsOf([2 ** 53 - 1, 0], 8), { firsts: [2 ** 53 - 8, 0], common: 0 });
  assert.deepEqual(firstsOf([], 8), { firsts: [], common: 0 });
});

test("keeps the windows of newer episodes visible", () => {
  const long = Array.from({ length: 80 }, (_, index) => window("long", index));
  const short = Array.from({ length: 8 * 12 }, (_, index) => window(`e${index % 8}`, Math.floor(index / 8)));
  const { rows } = modelOf([...long, ...short]);
  const { firsts } = firstsOf(rows.map(({ last }) => last), 40);
  rows.forEach(({ cells, episode }, row) => {
    assert.equal(cells.filter((cell) => cell.window >= firsts[row]).length, episode === "long" ? 40 : 12, episode);
  });
});

test("gives a cell the colour and letter of its class", () => {
  const [row] = modelOf([window("e", 0, "dos"), window("e", 1, "benign")]).rows;
  assert.deepEqual(row.cells.map(({ letter, colour }) => [letter, colour]), [["D", 1], ["B", 0]]);
});

test("marks a cell as wrong only if the truth differs", () => {
  const [row] = modelOf([window("e", 0), window("e", 1, "dos", { truth: "dos" }), window("e", 2, "dos", { truth: "benign" })]).rows;
  assert.deepEqual(row.cells.map(({ isWrong }) => isWrong), [false, false, true]);
});

test("tables every window with all probabilities", () => {
  const values = [window("old", 0), window("new", 0, "benign", { truth: "dos", probabilities: { dos: 0.4, benign: 0.6 } }), window("old", 1)];
  assert.deepEqual(table(viewOf({ prediction: values }), contextOf("prediction")), {
    columns: ["episode", "window", "predicted", "truth", "p(benign)", "p(dos)"],
    rows: [["new", 0, "benign", "dos", 0.6, 0.4], ["old", 0, "dos", null, null, null], ["old", 1, "dos", null, null, null]],
    hidden: "",
  });
});

test("gives true and predicted classes distinct letters", () => {
  const { classes } = modelOf([window("e", 0, "botnet", { truth: "benign" })]);
  assert.deepEqual([...classes.values()], [{ name: "benign", colour: 0, letter: "B" }, { name: "botnet", colour: 1, letter: "O" }]);
});

test("shows the likeliest classes first, then the truth", () => {
  const probabilities = { a: 0.1, b: 0.4, c: 0.2, d: 0.1, e: 0.1, f: 0.05, g: 0.05 };
  const { rows, classes } = modelOf([window("e", 3, "b", { probabilities, truth: "c" })]);
  const { title, lines } = tooltipOf(rows[0].cells[0], classes);
  assert.equal(title, "e · window 3");
  assert.deepEqual(lines.map(({ name, value }) => [name, value]), [
    ["b", "40 %"], ["c", "20 %"], ["a", "10 %"], ["d", "10 %"], ["e", "10 %"], ["f", "5 %"], ["and 1 more", ""], ["c", "truth"],
  ]);
  const plain = tooltipOf(modelOf([window("e", 0)]).rows[0].cells[0], classes);
  assert.equal(tooltipText(plain), "e · window 0: dos");
  assert.equal(tooltipText({ ...plain, lines: lines.slice(0, 2) }), "e · window 0: b 40 %, c 20 %");
});

test("moves with arrow keys past missing windows", () => {
  const { rows } = modelOf([window("old", 0), window("old", 5), window("new", 1), window("new", 2)]);
  const at = (/** @type {string} */ episode, /** @type {number} */ window) => ({ episode, window });
  assert.deepEqual(steppedTo("ArrowLeft", null, rows), at("new", 2));
  assert.deepEqual(steppedTo("ArrowDown", at("new", 2), rows), at("old", 0));
  assert.deepEqual(steppedTo("ArrowRight", at("old", 0), rows), at("old", 5));
  assert.deepEqual(steppedTo("ArrowRight", at("old", 5), rows), at("old", 5));
  assert.deepEqual(steppedTo("ArrowUp", at("new", 1), rows), at("new", 1));
  assert.equal(steppedTo("ArrowRight", null, []), null);
  assert.equal(steppedTo("a", at("new", 1), rows), undefined);
});

test("counts windows, episodes and wrong predictions", () => {
  assert.equal(modelOf([window("a", 0, "x", { truth: "y" }), window("b", 0, "x", { truth: "x" })]).sentence,
    "2 windows of 2 episodes; 1 of 2 are wrong");
  assert.equal(modelOf([window("a", 0)]).sentence, "1 window of 1 episode");
});

test("fits all windows, and names in the remaining room", () => {
  const laidOut = (/** @type {number} */ columns, /** @type {number} */ widthEm, longestPx = 161) => {
    const { columns: shown, nameWidth } = layOut({ rows: { length: 12 }, columns }, { width: 10 * widthEm, height: 200 }, 10, longestPx);
    return { columns: shown, nameEm: nameWidth / 10 };
  };
  assert.deepEqual(laidOut(12, 100), { columns: 12, nameEm: 17.6 });
  assert.deepEqual(laidOut(12, 23), { columns: 12, nameEm: 5 });
  assert.deepEqual(laidOut(40, 18), { columns: 11, nameEm: 5 });
  assert.deepEqual(laidOut(1, 0), { columns: 1, nameEm: 5 });
  assert.deepEqual(laidOut(40, 18, 35), { columns: 12, nameEm: 4.6 });
});

test("finds only drawn cells", () => {
  const { rows: all, columns } = modelOf([window("old", 0), window("old", 2), window("new", 1)]);
  for (const [width, height] of [[900, 300], [200, 80], [2000, 1000]]) {
    const layout = layOut({ rows: all, columns }, { width, height }, 13, 60);
    const { firsts } = firstsOf(all.map(({ last }) => last), layout.columns);
    const rows = all.map((row, index) => ({ ...row, first: firsts[index] }));
    const at = (/** @type {number} */ row, /** @type {number} */ column) =>
      placeAt({ layout, rows }, layout.xOf(column + 0.5), layout.yOf(row + 0.5));
    assert.deepEqual(at(1, 2), { episode: "old", window: 2 });
    assert.deepEqual(at(0, 1), { episode: "new", window: 1 });
    assert.deepEqual([at(0, 0), at(2, 0), at(1, -1), at(-1, 0), at(1, 3)], [null, null, null, null, null]);
  }
});

test("labels every fifth window, or fewer", () => {
  assert.deepEqual(ticksOf(58, 8), [60, 65]);
  assert.deepEqual(ticksOf(1e12, 21), [1e12, 1e12 + 10, 1e12 + 20]);
});
