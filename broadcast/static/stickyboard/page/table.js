// @ts-check
/** A scene as a table, for screen readers and for exact numbers. */

import { make, once, paintRows, setAttribute, setText } from "./dom.js";
import { preciseText } from "./format.js";
import { hiddenText, partOf } from "./hidden.js";
import { visibleRowsIn } from "./computed_style.js";
import { valueText } from "./text.js";

// Bounds the cost of a paint; the CSV has all rows and columns.
export const MAX_ROWS = 500;
export const MAX_COLUMNS = 100;
const MAX_CELLS = 20_000;

/** @typedef {import("./scenes.js").Table} Table */

/**
 * Paint a table, changing only the cells whose text differs.
 * @param {HTMLElement} element has no other content
 * @param {Table} table
 * @param {string} caption
 * @returns {string} a sentence about what it does not show
 */
export function paintTable(element, { columns: all, rows, hidden = "" }, caption) {
  const parts = once(element, build);
  const columns = all.slice(0, MAX_COLUMNS);
  const most = Math.min(MAX_ROWS, Math.floor(MAX_CELLS / Math.max(1, columns.length)));
  const shown = rows.slice(0, most).map((cells, index) => ({ index, cells: cells.slice(0, MAX_COLUMNS) }));
  setText(parts.caption, caption);
  setAttribute(parts.frame, "aria-label", caption);
  const numeric = columns.map((_, column) => rows.length > 0 && rows.every((cells) => isNumeric(cells[column])));
  paintRows(parts.titles, titled(columns), ({ key }) => key, createTitle, ({ element: cell }, { title, index }) => {
    setText(cell, title);
    cell.classList.toggle("is-number", numeric[index]);
  });
  paintRows(parts.body, shown, ({ index }) => String(index), createRow, ({ element: row }, { cells }) => {
    paintCells(row, cells, numeric);
  });
  const rowsSeen = Math.min(shown.length, visibleRowsIn(parts.body, () => firstCells(parts.body), parts.frame));
  const columnsSeen = Math.min(columns.length, visibleRowsIn(parts.titles, () => parts.titles.children, parts.frame));
  const cut = [partOf(rowsSeen, rows.length, "row"), partOf(columnsSeen, all.length, "column")];
  const isCut = shown.length < rows.length || columns.length < all.length;
  return [hiddenText(cut, isCut ? "Scroll for more; the CSV file has all." : "Scroll for the rest."), hidden].filter(Boolean).join(" ");
}

/** @param {HTMLElement} body @returns {Element[]} the first cell of each row, which is visible whatever the row's width */
function firstCells(body) {
  return [...body.children].flatMap(({ firstElementChild }) => firstElementChild ?? []);
}

/** @param {string[]} columns */
function titled(columns) {
  return columns.map((title, index) => ({ key: String(index), title, index }));
}

/** @param {unknown} cell */
function isNumeric(cell) {
  return typeof cell === "number" || cell === null;
}

/** @param {HTMLElement} element */
function build(element) {
  // A scrollable element must be focusable, and a focusable one needs a name.
  const frame = make("div", "data-table");
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  const [table, caption, head, titles, body] = ["table", "caption", "thead", "tr", "tbody"].map((tag) => make(tag));
  head.append(titles);
  table.append(caption, head, body);
  frame.append(table);
  element.append(frame);
  return { frame, caption, titles, body };
}

function createTitle() {
  const element = make("th");
  element.setAttribute("scope", "col");
  return { element };
}

function createRow() {
  return { element: make("tr") };
}

/** @param {HTMLElement} row @param {Table["rows"][number]} cells @param {boolean[]} numeric */
function paintCells(row, cells, numeric) {
  cells.forEach((cell, column) => {
    const there = /** @type {HTMLElement} */ (row.children[column] ?? row.appendChild(make("td")));
    setText(there, cellText(cell));
    there.classList.toggle("is-number", numeric[column]);
  });
  while (row.children.length > cells.length) row.lastElementChild?.remove();
}

/** @param {string | number | boolean | null} cell @returns {string} for people */
export function cellText(cell) {
  if (cell === null) return "–";
  if (typeof cell === "number") return preciseText(cell);
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return valueText(cell);
}
