// @ts-check
/** Latency, throughput and size of each model, each with a bar. */

import { make, once, paintRows, setAttribute, setName, setStyle, setText } from "../dom.js";
import { bytesText, numberText } from "../format.js";
import { hiddenText, partOf } from "../hidden.js";
import { visibleRowsIn } from "../computed_style.js";
import { byModel, gradientOf } from "../palette.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No measurements yet." };

const COLUMNS = [
  { field: "latency_ms", name: "latency", title: "Latency, ms", textOf: numberText, best: "least" },
  { field: "throughput_per_s", name: "rows per s", title: "Rows per s", textOf: numberText, best: "most" },
  { field: "size_bytes", name: "size", title: "Size", textOf: bytesText, best: "least" },
];
// Beyond this ratio, most bars on a linear scale would be too short to see.
const MAX_RATIO = 100;

/** @type {import("../scenes.js").Option[]} */
export const options = [
  {
    name: "order",
    title: "Order",
    choices: [
      { value: "fixed", title: "Fixed" },
      { value: "latency_ms", title: "Fastest first" },
      { value: "throughput_per_s", title: "Most rows per s first" },
      { value: "size_bytes", title: "Smallest first" },
    ],
  },
];

/**
 * @typedef {{text: string, share: number, isBest: boolean}} Cell `share` of the bar's length, 0 to 1
 * @typedef {{model: string, cells: Cell[], from: string, to: string}} Row
 * @typedef {{title: string, sort: "ascending" | "descending" | "none"}} Column
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{columns: Column[], rows: Row[], note: string}}
 */
export function model(view, context) {
  const values = inOrder(valuesOf(view, context), context.options?.order);
  const scales = COLUMNS.map(({ field }) => scaleOf(values.map((value) => value[field])));
  const bests = COLUMNS.map(({ field, best }) => (best === "most" ? Math.max : Math.min)(...values.map((value) => value[field])));
  const cellOf = (/** @type {any} */ value, /** @type {number} */ column) => {
    const number = value[COLUMNS[column].field];
    const isBest = values.length > 1 && number === bests[column];
    return { text: COLUMNS[column].textOf(number), share: scales[column].shareOf(number), isBest };
  };
  return {
    columns: COLUMNS.map((column) => ({ title: column.title, sort: sortOf(column, context) })),
    rows: values.map((value) => ({
      model: value.model, ...gradientOf(value.model), cells: COLUMNS.map((_, column) => cellOf(value, column)),
    })),
    note: noteOf(COLUMNS.filter((_, column) => scales[column].isLogarithmic).map(({ name }) => name)),
  };
}

/** @param {string[]} names of the columns with a logarithmic scale */
function noteOf(names) {
  if (names.length === 0) return "";
  return `Logarithmic bars${names.length < COLUMNS.length ? `: ${names.join(", ")}` : ""}`;
}

/** @param {any[]} values @param {string} [order] a column's field; the fixed order if it is none */
function inOrder(values, order) {
  const column = COLUMNS.find(({ field }) => field === order);
  const direction = column?.best === "most" ? -1 : 1;
  values.sort((a, b) => byModel(a.model, b.model));
  return column ? values.sort((a, b) => direction * (a[column.field] - b[column.field])) : values;
}

/** @param {typeof COLUMNS[number]} column @param {import("../view.js").Context} context @returns {Column["sort"]} */
function sortOf({ field, best }, context) {
  if (context.options?.order !== field) return "none";
  return best === "most" ? "descending" : "ascending";
}

/**
 * Choose a linear scale, or a logarithmic one if the numbers differ too much.
 * @param {number[]} numbers not negative
 * @returns {{isLogarithmic: boolean, shareOf: (number: number) => number}} from 0 to 1
 */
export function scaleOf(numbers) {
  const positive = numbers.filter((number) => number > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  if (positive.length === 0) return { isLogarithmic: false, shareOf: () => 0 };
  if (most / least <= MAX_RATIO) return { isLogarithmic: false, shareOf: (number) => number / most };
  const [low, high] = [Math.floor(Math.log10(least)) - 0.25, Math.ceil(Math.log10(most))];
  return { isLogarithmic: true, shareOf: (number) => (number > 0 ? (Math.log10(number) - low) / (high - low) : 0) };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every model
 */
export function table(view, context) {
  const rows = inOrder(valuesOf(view, context), context.options?.order).map((value) => [
    value.model, ...COLUMNS.map(({ field }) => value[field]),
  ]);
  return { columns: ["model", "latency, ms", "rows per s", "size, bytes"], rows };
}

/** @param {HTMLElement} element @param {ReturnType<typeof model>} model */
export function paint(element, { columns, rows, note }) {
  const { frame, titles, body, foot } = once(element, build);
  setStyle(frame, "--rows", String(rows.length));
  setStyle(frame, "--letters", String(Math.max(...rows.map(({ model }) => model.length))));
  setStyle(frame, "--digits", String(Math.max(...rows.flatMap(({ cells }) => cells.map(({ text }) => text.length)))));
  columns.forEach(({ title, sort }, column) => {
    setText(titles[column], title);
    setAttribute(titles[column], "aria-sort", sort);
  });
  setText(foot, note);
  paintRows(body, rows, (row) => row.model, createRow, paintRow);
  return hiddenText([partOf(visibleRowsIn(body, () => body.children, frame), rows.length, "model")], "Scroll for the rest.");
}

/** @param {HTMLElement} element */
function build(element) {
  const [frame, table, head, titleRow, body] = [make("div", "perf"), ...["table", "thead", "tr", "tbody"].map((tag) => make(tag))];
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Latency, throughput and size by model");
  const titles = COLUMNS.map(() => make("th"));
  for (const cell of titles) cell.setAttribute("scope", "col");
  const name = make("th", "", "Model");
  name.setAttribute("scope", "col");
  titleRow.append(name, ...titles);
  head.append(titleRow);
  table.append(head, body);
  frame.append(table);
  const foot = make("p", "perf-note");
  element.append(frame, foot);
  return { frame, titles, body, foot };
}

function createRow() {
  const [element, heading, name] = [make("tr"), make("th"), make("div")];
  heading.setAttribute("scope", "row");
  heading.append(name);
  element.append(heading);
  const cells = COLUMNS.map(() => {
    const [cell, text, track, bar] = [make("td"), make("span"), make("div", "cell-track"), make("div", "cell-bar")];
    track.append(bar);
    cell.append(text, track);
    element.append(cell);
    return { cell, text, bar };
  });
  return { element, name, cells };
}

/** @param {ReturnType<typeof createRow>} painted @param {Row} row */
function paintRow(painted, row) {
  setName(painted.name, row.model);
  setStyle(painted.element, "--from", row.from);
  setStyle(painted.element, "--to", row.to);
  row.cells.forEach(({ text, share, isBest }, column) => {
    const cell = painted.cells[column];
    setText(cell.text, text);
    setStyle(cell.bar, "--share", share.toFixed(3));
    cell.cell.classList.toggle("is-best", isBest);
  });
}
