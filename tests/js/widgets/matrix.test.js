// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { MAX_STEPS, modelOf, tooltipOf } from "#stickyboard/page/matrix_model.js";
import { tooltipText } from "#stickyboard/page/tooltip.js";
import { ticksOf, widget } from "#stickyboard/page/widgets/matrix.js";

import { contextOf, viewOf } from "../fakes.js";

const STEPS = { row: "run", column: "step", category: "found", compare_to: "real", shares: "p" };
const VALUES = { row: "host", column: "disk", value: "used", format: ".0%" };
const COUNTS = { labels: "names", counts: "counts" };

/** @param {any[]} values @param {object} options */
function modelFrom(values, options = STEPS) {
  return modelOf(viewOf({ all: values }).entries("all"), options, contextOf("all"));
}

/** @param {string} run @param {number} step @param {string} [found] @param {object} [more] */
function step(run, step, found = "dos", more = {}) {
  return { run, step, found, ...more };
}

test("sorts rows of steps by their beginning, newest first", () => {
  const { rows } = modelFrom([step("old", 0), step("new", 0), step("old", 1)]);
  assert.deepEqual(rows.map(({ name, cells }) => [name, cells.length]), [["new", 1], ["old", 2]]);
});

test("draws only the newest rows of steps", () => {
  const { rows, all } = modelFrom(Array.from({ length: 40 }, (_, index) => step(`e${index}`, 0)));
  assert.deepEqual([rows.length, rows[0].name, rows.at(-1)?.name, all.rows], [MAX_STEPS.rows, "e39", "e16", 40]);
});

test("draws the newest steps of long rows", () => {
  const { rows, units, all } = modelFrom([step("b", 99), step("b", 59), step("a", 70), step("a", 60)]);
  assert.deepEqual([units, all.cells], [MAX_STEPS.columns, 4]);
  assert.deepEqual(rows.map(({ cells }) => cells.map(({ column }) => column)), [["60", "70"], ["99"]]);
});

test("has a column per step that can occur", () => {
  const { columns, units, rows } = modelFrom([step("a", 10), step("a", 40), step("b", 20)]);
  assert.deepEqual([columns, units], [{ least: 10, step: 10 }, 4]);
  assert.deepEqual(rows.map(({ cells }) => cells.map(({ start }) => start)), [[1], [0, 3]]);
  assert.deepEqual(modelFrom([step("a", 2 ** 53 - 1)]).columns, { least: 2 ** 53 - 1, step: 1 });
  assert.deepEqual(modelFrom([step("a", -(2 ** 53) + 1), step("a", 2 ** 53 - 1)]).units, 2);
});

test("numbers every fifth step, or fewer", () => {
  assert.deepEqual(ticksOf(58, 8, { least: 0, step: 1 }), [60, 65]);
  assert.deepEqual(ticksOf(0, 8, { least: 58, step: 1 }), [2, 7]);
  assert.deepEqual(ticksOf(1e12, 21, { least: 0, step: 1 }), [1e12, 1e12 + 10, 1e12 + 20]);
});

test("sorts named rows and columns by name", () => {
  const values = [["h-10", "b", 0.5], ["h-2", "c", 1], ["h-10", "a", 0]].map(([host, disk, used]) => ({ host, disk, used }));
  const { rows, columns, units, range } = modelFrom(values, VALUES);
  assert.deepEqual([columns, units, range], [["a", "b", "c"], 3, [0, 1]]);
  assert.deepEqual(rows.map(({ name, cells }) => [name, cells.map(({ start, text, shade }) => [start, text, shade])]), [
    ["h-2", [[2, "100 %", 5]]],
    ["h-10", [[0, "0 %", 1], [1, "50 %", 3]]],
  ]);
});

test("has the newest event of each cell", () => {
  const values = [0.1, 0.9].map((used) => ({ host: "a", disk: "b", used }));
  const { rows, all } = modelFrom(values, VALUES);
  assert.deepEqual([rows[0].cells.length, rows[0].cells[0].number, all.cells], [1, 0.9, 1]);
});

test("bounds named rows and columns", () => {
  const values = Array.from({ length: 10_000 }, (_, index) => ({ host: `h${index % 300}`, disk: `d${index}`, used: index }));
  const { rows, units, all } = modelFrom(values, VALUES);
  assert.deepEqual([rows.length, units, all.rows], [200, 200, 300]);
});

test("gives a cell the colour and letter of its category", () => {
  const { rows: [row], categories } = modelFrom([step("e", 0, "dos"), step("e", 1, "benign")]);
  assert.deepEqual(row.cells.map(({ text, category }) => [text, category]), [["D", categories.get("dos")], ["B", categories.get("benign")]]);
  const compared = modelFrom([step("e", 0, "botnet", { real: "benign" })]).categories;
  assert.deepEqual([...compared.values()].map(({ name, letter }) => [name, letter]), [["benign", "B"], ["botnet", "O"]]);
});

test("marks a cell as wrong only if the truth differs", () => {
  const model = modelFrom([step("e", 0), step("e", 1, "dos", { real: "dos" }), step("e", 2, "dos", { real: "benign" })]);
  assert.deepEqual(model.rows[0].cells.map(({ isWrong }) => isWrong), [false, false, true]);
  assert.equal(model.sentence, "3 cells in 1 row; 1 of 2 are wrong");
  assert.equal(modelFrom([step("a", 0)]).sentence, "1 cell in 1 row");
});

test("shows the likeliest categories first, then the truth", () => {
  const p = { a: 0.1, b: 0.4, c: 0.2, d: 0.1, e: 0.1, f: 0.05, g: 0.05 };
  const model = modelFrom([step("e", 3, "b", { p, real: "c" })]);
  const { title, lines } = tooltipOf(model.rows[0], model.rows[0].cells[0], model, { ...STEPS, column_title: "window" });
  assert.equal(title, "e · window 3");
  assert.deepEqual(lines.map(({ name, value }) => [name, value]), [
    ["b", "40 %"], ["c", "20 %"], ["a", "10 %"], ["d", "10 %"], ["e", "10 %"], ["f", "5 %"], ["and 1 more", ""], ["c", "real"],
  ]);
  const plain = modelFrom([step("e", 0)]);
  assert.equal(tooltipText(tooltipOf(plain.rows[0], plain.rows[0].cells[0], plain, STEPS)), "e · step 0: dos");
  const odd = modelFrom([step("e", 0, "dos", { p: ["x", { y: 1 }] })]);
  assert.ok(tooltipOf(odd.rows[0], odd.rows[0].cells[0], odd, STEPS).lines.length > 0);
});

test("tables every cell with all shares", () => {
  const values = [step("old", 0), step("new", 0, "benign", { real: "dos", p: { dos: 0.4, benign: 0.6 } }), step("old", 1)];
  assert.deepEqual(widget(STEPS).table?.(viewOf({ all: values }), contextOf("all")), {
    columns: ["run", "step", "found", "real", "p benign", "p dos"],
    rows: [["new", 0, "benign", "dos", 0.6, 0.4], ["old", 0, "dos", null, null, null], ["old", 1, "dos", null, null, null]],
    hidden: "",
  });
});

test("adds up the counts of rows and columns", () => {
  const { rows, columns, totals, sentence } = modelFrom([{ names: ["x"], counts: [[9]] }, { names: ["cat", "dog"], counts: [[8, 2], [0, 1e9]] }], COUNTS);
  assert.deepEqual([columns, totals], [["cat", "dog"], ["8", "1×10⁹", "1×10⁹"]]);
  assert.deepEqual(rows.map(({ name, end, cells }) => [name, end, cells.map(({ text, shade }) => [text, shade])]), [
    ["cat", "10", [["8", 1], ["2", 1]]],
    ["dog", "1×10⁹", [["0", 0], ["1×10⁹", 5]]],
  ]);
  assert.equal(sentence, "1×10⁹ in 2 rows; 100 % on the diagonal");
});

test("shades the share of a row if it is normalised", () => {
  const options = { ...COUNTS, normalize: true };
  const model = modelFrom([{ names: ["a", "b"], counts: [[9, 1], [0, 0]] }], options);
  assert.deepEqual(model.rows.map(({ cells }) => cells.map(({ text, shade }) => [text, shade])), [[["90 %", 5], ["10 %", 1]], [["0 %", 0], ["0 %", 0]]]);
  const { lines } = tooltipOf(model.rows[0], model.rows[0].cells[0], model, options);
  assert.deepEqual(lines.map(({ name, value }) => [name, value]), [["count", "9"], ["share of row", "90 %"], ["total of row", "10"]]);
});

test("tables all counts with their totals", () => {
  const view = viewOf({ all: [{ names: ["a", "b"], counts: [[1, 2], [3]] }] });
  assert.deepEqual(widget({ ...COUNTS, normalize: true, row_title: "truth" }).table?.(view, contextOf("all")), {
    columns: ["truth", "a", "b", "total"],
    rows: [["a", 1, 2, 3], ["b", 3, null, 3], ["total", 4, 2, 6]],
    hidden: "",
  });
});

test("draws the newest event with counts, or the one that is chosen in the menu", () => {
  const entries = viewOf({ all: [{ names: ["x"], counts: [[1]] }, { names: ["y"], counts: [[2]] }] }).entries("all");
  const read = (/** @type {string} */ entry) => modelOf(entries, COUNTS, { ...contextOf("all"), options: { entry } });
  assert.deepEqual([read(""), read("0"), read("gone")].map(({ columns }) => columns), [["y"], ["x"], ["y"]]);
  assert.match(read("").hidden, /^1, the newest, is shown; 1 other is in the menu/);
  const [option] = widget(COUNTS).options ?? [];
  const choicesOf = /** @type {(entries: any[]) => any[]} */ (option.choices);
  assert.deepEqual(choicesOf(entries).map(({ value }) => value), ["", "1", "0"]);
  assert.deepEqual(choicesOf(entries.slice(1)), []);
});

test("treats names of inherited properties as plain names", () => {
  for (const name of ["constructor", "__proto__", "toString", "valueOf", "__defineGetter__"]) {
    const p = JSON.parse(`{"${name}": 0.5}`);
    const values = [step(name, 0, "other", { p, real: name }), step(name, 1, "other", { p: { other: 0.25 } })];
    const model = modelFrom(values);
    const { letter: symbol, colour } = model.categories.get(name) ?? {};
    assert.deepEqual(tooltipOf(model.rows[0], model.rows[0].cells[0], model, STEPS).lines[0], { symbol, colour, name, value: "50 %" });
    const { columns, rows } = /** @type {any} */ (widget(STEPS).table)(viewOf({ all: values }), contextOf("all"));
    assert.deepEqual(columns.slice(4).sort(), [`p ${name}`, "p other"].sort());
    assert.deepEqual(rows.map((/** @type {any[]} */ row) => row[columns.indexOf(`p ${name}`)]), [0.5, null]);
    assert.deepEqual(modelFrom([{ names: [name], counts: [[7]] }], COUNTS).rows[0].cells.map(({ text }) => text), ["7"]);
  }
});

test("survives events of any form", () => {
  const odd = [null, 1, "x", {}, { run: [], step: {} }, { run: "a", step: 1.5, found: null }, { names: 5, counts: "x" }, { names: ["a", null], counts: [[NaN], 3] }];
  assert.deepEqual([modelFrom(odd).rows, modelFrom(odd, VALUES).rows], [[], []]);
  for (const value of odd) assert.ok(modelFrom([value], COUNTS).rows.every(({ cells }) => cells.length === 0));
});
