// @ts-check
/** Any scene as a table: what a canvas shows, for those who read, listen or want the numbers. */

import { make, once, paintRows, setAttribute, setText } from "./dom.js";
import { preciseText } from "./format.js";
import { hiddenText, partOf } from "./hidden.js";
import { shownIn } from "./computed_style.js";
import { valueText } from "./text.js";

// More rows than anybody reads would cost every paint; the CSV has them all.
export const SHOWN_ROWS = 500;
export const SHOWN_COLUMNS = 100;
const SHOWN_CELLS = 20_000;

/** @typedef {import("./scenes.js").Table} Table */

/**
 * Show a table, changing only the cells whose text differs from what is there.
 * @param {HTMLElement} element holds nothing else
 * @param {Table} table
 * @param {string} caption
 * @returns {string} what it does not show
 */
export function paintTable(element, { columns: all, rows, hidden = "" }, caption) {
  const parts = once(element, build);
  const columns = all.slice(0, SHOWN_COLUMNS);
  const most = Math.min(SHOWN_ROWS, Math.floor(SHOWN_CELLS / Math.max(1, columns.length)));
  const shown = rows.slice(0, most).map((cells, index) => ({ index, cells: cells.slice(0, SHOWN_COLUMNS) }));
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
  const rowsSeen = Math.min(shown.length, shownIn(parts.body, () => firstCells(parts.body), parts.frame));
  const columnsSeen = Math.min(columns.length, shownIn(parts.titles, () => parts.titles.children, parts.frame));
  const cut = [partOf(rowsSeen, rows.length, "row"), partOf(columnsSeen, all.length, "column")];
  const isCut = shown.length < rows.length || columns.length < all.length;
  return [hiddenText(cut, isCut ? "Scroll for more; the CSV has all." : "Scroll for the rest."), hidden].filter(Boolean).join(" ");
}

/** @param {HTMLElement} body @returns {Element[]} of each row the cell that is in sight whatever its width */
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
  // What scrolls must be reachable by keyboard, and what is reachable needs a name.
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

/** @param {string | number | boolean | null} cell @returns {string} as people read it */
export function cellText(cell) {
  if (cell === null) return "–";
  if (typeof cell === "number") return preciseText(cell);
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return valueText(cell);
}
