// @ts-check
/** The generic scene, for any event type: its newest entries with a column per field, or as JSON. */

import { make, once, paintRows, setText } from "../dom.js";
import { maxColumns, namesOf } from "../fields.js";
import { plural } from "../format.js";
import { hiddenText, partOf } from "../hidden.js";
import { paintTable } from "../table.js";
import { valueText } from "../text.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No events of this type yet." };

/** @type {import("../scenes.js").Option[]} */
export const options = [
  { name: "form", title: "Show as", choices: [{ value: "columns", title: "Columns" }, { value: "json", title: "JSON" }] },
];

export const ENTRIES = 50;
export const COLUMNS = 8;
export const MAX_TEXT = 400;
const HOW = "“Show as table” in the menu shows all.";

/**
 * @typedef {import("../scenes.js").Table} Table
 * @typedef {{id: string, key: string, text: string}} Row
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{caption: string, table: Table | null, rows: Row[], hidden: string}} newest first, as columns or as JSON
 */
export function model(view, context) {
  const all = newestFirst(view, context);
  const entries = all.slice(0, ENTRIES);
  const isCut = entries.length < all.length;
  const caption = isCut ? `The newest ${ENTRIES} of ${plural(all.length, "entry", "entries")}` : "";
  const fields = fieldNamesOf(entries).length;
  if (context.options?.form === "json") return { caption, table: null, rows: entries.map(rowOf), hidden: hiddenText([partOf(entries.length, all.length, "entry", "entries")], HOW) };
  const hidden = hiddenText([partOf(entries.length, all.length, "entry", "entries"), partOf(Math.min(fields, COLUMNS), fields, "field")], HOW);
  return { caption, table: shortenedTable(entries), rows: [], hidden };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Table} every entry and every field, newest first
 */
export function table(view, context) {
  return tableOf(newestFirst(view, context));
}

/** @param {import("../view.js").View} view @param {import("../view.js").Context} context */
function newestFirst(view, context) {
  return entriesOf(view, context).sort((a, b) => b.at - a.at || b.revision - a.revision);
}

/** @param {import("../view.js").Entry[]} entries @returns {Table} */
function tableOf(entries) {
  const all = fieldNamesOf(entries);
  const fields = all.slice(0, maxColumns(entries.length));
  return { columns: ["key", ...fields], rows: rowsOf(entries, fields), hidden: hiddenText([partOf(fields.length, all.length, "field")], "The fields beyond them are left out.") };
}

/** @param {import("../view.js").Entry[]} entries */
function fieldNamesOf(entries) {
  return namesOf(entries.map(({ value }) => fieldsOf(value)));
}

/** @param {import("../view.js").Entry[]} entries @param {string[]} fields @returns {Table["rows"]} */
function rowsOf(entries, fields) {
  return entries.map(({ key, value }) => [key, ...fields.map((name) => cellOf(value, name))]);
}

/** @param {any} value */
function fieldsOf(value) {
  return isPlain(value) ? Object.keys(value).filter((name) => name !== "type") : ["value"];
}

/** @param {any} value @param {string} name @returns {string | number | boolean | null} */
function cellOf(value, name) {
  const field = isPlain(value) ? (Object.hasOwn(value, name) ? value[name] : null) : name === "value" ? value : null;
  return typeof field === "object" && field !== null ? JSON.stringify(field) : field;
}

/** @param {any} value */
function isPlain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {import("../view.js").Entry[]} entries @returns {Table} with legible numbers of columns and characters */
function shortenedTable(entries) {
  const all = fieldNamesOf(entries);
  const fields = all.slice(0, COLUMNS);
  const rows = rowsOf(entries, fields).map((cells) => cells.map(shortenedCell));
  const more = all.length - fields.length;
  if (more === 0) return { columns: ["key", ...fields], rows };
  return { columns: ["key", ...fields, plural(more, "more field")], rows: rows.map((cells) => [...cells, "…"]) };
}

/** @param {string | number | boolean | null} cell */
function shortenedCell(cell) {
  return typeof cell === "string" ? shortenedText(cell) : cell;
}

/** @param {string} text */
function shortenedText(text) {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** @param {import("../view.js").Entry} entry @returns {Row} */
function rowOf({ key, value }) {
  return { id: `${value?.type ?? ""}:${key}`, key, text: shortenedText(JSON.stringify(value)) };
}

/** @param {HTMLElement} element @param {ReturnType<typeof model>} model */
export function paint(element, { caption, table, rows, hidden }) {
  const parts = once(element, build);
  parts.columns.hidden = table === null;
  parts.list.hidden = table !== null;
  const cut = table ? paintTable(parts.columns, table, caption) : "";
  paintRows(parts.list, rows, (row) => row.id, createRow, (painted, row) => {
    setText(painted.key, valueText(row.key));
    setText(painted.text, valueText(row.text));
  });
  return [hidden, cut].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element */
function build(element) {
  const [columns, list] = [make("div", "json-columns"), make("ul", "json-rows")];
  list.tabIndex = 0;
  element.append(columns, list);
  return { columns, list };
}

function createRow() {
  const element = make("li", "json-row");
  const [key, text] = [make("span", "json-key"), make("code", "json-text")];
  element.append(key, text);
  return { element, key, text };
}
