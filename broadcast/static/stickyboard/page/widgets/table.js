// @ts-check
/** A table with one row per entry, for any event type. */

import { maxColumns, namesOf, valueAt } from "../fields.js";
import { hiddenText, partOf } from "../not_shown.js";
import { ENTRY_OPTION, chosenEntry } from "../one_entry.js";
import { paintModel } from "../table.js";
import { cellOf, sorted, titleOf } from "../table_model.js";
import { entriesOf } from "../view.js";

/**
 * @typedef {import("../table_model.js").Row} Row
 * @typedef {import("../table_model.js").Column} Column
 * @typedef {{field: string, title?: string | null, format?: string | null, align?: any, best?: any, bar?: any}} Declared
 * @typedef {{rows?: string, columns?: (string | Declared)[], sort?: string, filter?: boolean}} Options
 */

/** @type {Option} */
const FORM = { name: "form", title: "Show as", choices: [{ value: "columns", title: "Columns" }, { value: "json", title: "JSON" }] };
/** @type {Column} */
const JSON_COLUMN = { title: "JSON", of: "json", field: "" };

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  const declared = options.columns?.map(columnOf);
  return {
    empty: { text: "No events yet." },
    options: [...(options.rows === undefined ? [] : [ENTRY_OPTION]), ...(declared ? [] : [FORM])],
    model: (view, context) => modelOf(view, context, options, declared),
    table: (view, context) => {
      const { rows: found, hidden: older } = rowsOf(view, context, options.rows);
      const rows = ordered(found, options.sort);
      const { columns, hidden } = columnsOf(rows, context, declared);
      return { columns: columns.map(({ title }) => title), rows: rows.map((row) => columns.map((column) => cellOf(row, column))), hidden: [older, hidden].filter(Boolean).join(" ") };
    },
    paint: paintModel,
  };
}

/** @param {string | Declared} declared @returns {Column} */
function columnOf(declared) {
  const { field, title, format, align, best, bar } = typeof declared === "string" ? { field: declared } : declared;
  const set = Object.entries({ align, best, bar }).filter(([, value]) => value);
  return { title: title ?? titleOf(field), of: "field", field, format: format ?? "", ...Object.fromEntries(set) };
}

/**
 * @param {View} view @param {Context} context
 * @param {Options} options @param {Column[] | undefined} declared
 * @returns {import("../table_model.js").TableModel}
 */
function modelOf(view, context, { rows: path, sort, filter = true }, declared) {
  const isJson = !declared && context.options?.form === "json";
  const { rows, title, hidden: older } = rowsOf(view, context, path);
  const { columns, hidden } = columnsOf(rows, context, isJson ? [JSON_COLUMN] : declared);
  const first = sort === undefined ? null : { column: `field:${fieldIn(sort)}`, isDescending: sort.startsWith("-") };
  const isColumn = columns.some(({ field }) => field === fieldIn(sort ?? ""));
  return {
    caption: [...context.eventTypes.map(({ title }) => title), title].filter(Boolean).join(", "),
    columns, hidden: [older, hidden].filter(Boolean).join(" "), hasFilter: filter, isWrapped: isJson,
    rows: isColumn ? rows : ordered(rows, sort),
    sort: isColumn ? first : null,
  };
}

/** @param {string} sort @returns {string} its path */
function fieldIn(sort) {
  return sort.replace(/^-/, "");
}

/** @param {Row[]} rows @param {string} [sort] a path, with a leading "-" for descending */
function ordered(rows, sort) {
  return sort ? sorted(rows, { title: "", of: "field", field: fieldIn(sort) }, sort.startsWith("-")) : rows;
}

/** @typedef {{rows: Row[], title: string, hidden: string}} Rows */

/** @param {View} view @param {Context} context @param {string} [path] of the rows @returns {Rows} newest first */
function rowsOf(view, context, path) {
  return path === undefined ? { rows: entryRows(view, context), title: "", hidden: "" } : rowsIn(entriesOf(view, context), path, context);
}

/** @param {Entry[]} entries @param {string} path @param {Context} context @returns {Rows} those of one event */
function rowsIn(entries, path, context) {
  const { entry, hidden } = chosenEntry(entries, context);
  const found = valueAt(entry?.value, path);
  const rows = (Array.isArray(found) ? found : []).map((value, index) => ({ id: String(index), type: "", key: "", value }));
  return { rows, title: entry?.key ?? "", hidden };
}

/** @param {View} view @param {Context} context @returns {Row[]} newest first */
function entryRows(view, { eventTypes }) {
  const entries = eventTypes.flatMap(({ name, title }) => view.entries(name).map((entry) => ({ entry, name, title })));
  entries.sort(({ entry: a }, { entry: b }) => b.at - a.at || b.revision - a.revision);
  return entries.map(({ entry: { key, revision, value }, name, title }) => ({ id: `${name}:${key}`, type: title, key, revision, value }));
}

/**
 * @param {Row[]} rows @param {Context} context @param {Column[]} [declared]
 * @returns {{columns: Column[], hidden: string}} the declared ones, or one per field that occurs; before them what
 *   distinguishes the rows
 */
function columnsOf(rows, { eventTypes }, declared) {
  /** @type {Column[]} */
  const type = eventTypes.length > 1 ? [{ title: "type", of: "type", field: "" }] : [];
  if (declared && declared[0] !== JSON_COLUMN) return { columns: [...type, ...declared], hidden: "" };
  if (declared) return { columns: [...type, ...keyColumn(rows, eventTypes, []), ...declared], hidden: "" };
  const all = namesOf(rows.map(({ value }) => (isPlain(value) ? Object.keys(value).filter((name) => name !== "type") : [])));
  const fields = all.slice(0, maxColumns(rows.length));
  const columns = fields.map((field) => /** @type {Column} */ ({ title: field, of: "field", field }));
  if (rows.some(({ value }) => !isPlain(value))) columns.push(JSON_COLUMN);
  const hidden = hiddenText([partOf(fields.length, all.length, "field")], "The fields beyond them are left out.");
  return { columns: [...type, ...keyColumn(rows, eventTypes, fields), ...columns], hidden };
}

/** @param {Row[]} rows @param {EventType[]} eventTypes @param {string[]} fields that are columns @returns {Column[]} none if they contain the key */
function keyColumn(rows, [{ keyFields = [] }, ...others], fields) {
  if (rows.every(({ key }) => key === "")) return [];
  const isRevision = rows.every(({ key, revision }) => key === String(revision));
  const names = isRevision || others.length > 0 ? [] : keyFields;
  if (names.length > 0 && names.every((name) => fields.includes(name))) return [];
  return [{ title: names.map(titleOf).join(", ") || (isRevision ? "revision" : "key"), of: "key", field: "" }];
}

/** @param {any} value */
function isPlain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
