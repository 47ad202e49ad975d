// @ts-check
/** What each model costs: latency, throughput and size, each beside a bar against the largest. */

import { make, once, paintRows, setStyle, setText } from "../dom.js";
import { bytesText, numberText } from "../format.js";
import { byModel } from "../palette.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No model has been timed yet.",
  example: { type: "model_perf", model: "gbt", latency_ms: 0.4, throughput_per_s: 2400, size_bytes: 182000 },
};

const COLUMNS = [
  { field: "latency_ms", title: "Latency, ms", textOf: numberText },
  { field: "throughput_per_s", title: "Rows per s", textOf: numberText },
  { field: "size_bytes", title: "Size", textOf: bytesText },
];

/**
 * @typedef {{text: string, share: number}} Cell `share` of the column's largest, 0 to 1
 * @typedef {{model: string, cells: Cell[]}} Row
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{columns: string[], rows: Row[]}}
 */
export function model(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byModel(a.model, b.model));
  const largest = COLUMNS.map(({ field }) => Math.max(...values.map((value) => value[field])));
  const cellOf = (/** @type {any} */ value, /** @type {number} */ column) => {
    const number = value[COLUMNS[column].field];
    return { text: COLUMNS[column].textOf(number), share: largest[column] > 0 ? number / largest[column] : 0 };
  };
  return {
    columns: COLUMNS.map(({ title }) => title),
    rows: values.map((value) => ({ model: value.model, cells: COLUMNS.map((_, column) => cellOf(value, column)) })),
  };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every model
 */
export function table(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byModel(a.model, b.model));
  const rows = values.map((value) => [value.model, ...COLUMNS.map(({ field }) => value[field])]);
  return { columns: ["model", "latency, ms", "rows per s", "size, bytes"], rows };
}

/** @param {HTMLElement} element @param {{columns: string[], rows: Row[]}} model */
export function paint(element, { columns, rows }) {
  const { body } = once(element, () => build(element, columns));
  paintRows(body, rows, (row) => row.model, createRow, paintRow);
}

/** @param {HTMLElement} element @param {string[]} columns */
function build(element, columns) {
  const [table, head, titles, body] = ["table", "thead", "tr", "tbody"].map((tag) => make(tag));
  for (const title of ["Model", ...columns]) {
    const cell = make("th", "", title);
    cell.setAttribute("scope", "col");
    titles.append(cell);
  }
  head.append(titles);
  table.append(head, body);
  element.append(table);
  return { body };
}

function createRow() {
  const element = make("tr");
  const name = make("th");
  name.setAttribute("scope", "row");
  element.append(name);
  const cells = COLUMNS.map(() => {
    const [cell, text, bar] = [make("td"), make("span"), make("div", "cell-bar")];
    cell.append(text, bar);
    element.append(cell);
    return { text, bar };
  });
  return { element, name, cells };
}

/** @param {ReturnType<typeof createRow>} painted @param {Row} row */
function paintRow(painted, row) {
  setText(painted.name, row.model);
  row.cells.forEach(({ text, share }, column) => {
    setText(painted.cells[column].text, text);
    setStyle(painted.cells[column].bar, "inline-size", `${(share * 100).toFixed(1)}%`);
  });
}
