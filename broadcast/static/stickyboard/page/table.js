// @ts-check
/**
 * Paints a table, for the widget and for every scene that is shown as a table.
 *
 * Rows have one height, and only those around the visible part exist on the page, so that ten thousand rows scroll. A
 * click on a heading sorts, and a box filters; both are states of the painted table, not of its data.
 */

import { computedStyleOf, watchSize } from "./computed_style.js";
import { addParts, announce, make, makeRow, once, paintRows, requestPaintNow, setAttribute, setName, setStyle, setText } from "./dom.js";
import { plural } from "./format.js";
import { hiddenText, partOf } from "./not_shown.js";
import { propertiesOf } from "./palette.js";
import { isPrinting } from "./print.js";
import { columnsOf, rowHeightOf, widthOf } from "./table_layout.js";
import { alignmentOf, barScaleOf, barShareOf, bestOf, cellOf, cellText, elementsOf, filtered, idOf, isDescendingFirst, nextSort, sorted, windowOf } from "./table_model.js";
import { isolated } from "./safe_text.js";

export const MAX_COLUMNS = 100;
const MAX_PRINTED = 500;
const MAX_WRAPPED = 50;
const BORDERS_PX = 2;
const FILTER_ROWS = 15; // from here on, there is a box to filter

/**
 * @typedef {import("./table_model.js").TableModel} TableModel
 * @typedef {import("./table_model.js").Row} Row
 * @typedef {import("./table_model.js").Column} Column
 * @typedef {import("./table_model.js").Sort} Sort
 * @typedef {{isRight: boolean, best: number | null, scale: import("./table_model.js").BarScale | null}} Facts of a column
 * @typedef {{columns: Column[], facts: Facts[], rows: Row[], rowPx: number | null, names: boolean, signature: string}} Shown
 */

/**
 * Paint the complete contents of a scene as a table.
 * @param {HTMLElement} element has no other content
 * @param {Table} table
 * @param {string} caption
 * @returns {string} a sentence about what it does not show
 */
export function paintTable(element, { columns, rows, hidden = "" }, caption) {
  return paintModel(element, {
    caption, hidden, sort: null, hasFilter: true, isWrapped: false,
    columns: columns.map((title, index) => ({ title, of: "field", field: String(index) })),
    rows: rows.map((cells, index) => ({ id: String(index), type: "", key: "", value: cells })),
  });
}

/** @param {HTMLElement} element has no other content @param {TableModel} model @returns {string} a sentence about what it does not show */
export function paintModel(element, model) {
  const parts = once(element, build);
  const shown = (parts.shown = shownOf(parts, model));
  setText(parts.caption, model.caption);
  setAttribute(parts.frame, "aria-label", model.caption);
  paintFilter(parts, model, shown.rows.length);
  paintHead(parts, shown, sortOf(parts, model));
  paintLayout(parts, shown, model);
  paintWindow(parts);
  setText(parts.note, noteOf(shown));
  return [hiddenOf(parts, shown, model), model.hidden].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element */
function build(element) {
  const built = addParts(element, {
    box: "div.table-filter[data-no-picture]",
    input: "box > input[type=search][placeholder=Filter rows][autocomplete=off][spellcheck=false][aria-label=Filter rows]",
    // A scrollable element must be focusable, and a focusable one needs a name.
    frame: "div.data-table[tabindex=0][role=group]",
    table: "frame > table",
    caption: "table > caption",
    group: "table > colgroup",
    head: "table > thead",
    titles: "head > tr[aria-rowindex=1]",
    // The only rows of these two are as high as the rows that do not exist on the page.
    before: "table > tbody[aria-hidden=true][data-no-picture]",
    spaceBefore: "before > tr",
    cellBefore: "spaceBefore > td",
    body: "table > tbody",
    after: "table > tbody[aria-hidden=true][data-no-picture]",
    spaceAfter: "after > tr",
    cellAfter: "spaceAfter > td",
    note: "p.table-note",
  });
  const { frame, input } = built;
  const parts = {
    ...built, size: watchSize(frame),
    scrolledPx: 0, columnsInView: 0, elements: /** @type {Map<string, number>} */ (new Map()), announced: "", widths: /** @type {number[]} */ ([]),
    sort: /** @type {Sort | null | undefined} */ (undefined), shown: /** @type {Shown | null} */ (null),
  };
  input.addEventListener("input", () => {
    frame.scrollTop = 0;
    requestPaintNow(element);
  });
  // A scroll event is sent once per frame and before the frame's paints, so that rows may be painted here.
  frame.addEventListener("scroll", () => {
    parts.scrolledPx = frame.scrollTop;
    paintWindow(parts);
  }, { passive: true });
  return parts;
}

/** @typedef {ReturnType<typeof build>} Parts */

/** @param {Parts} parts @param {TableModel} model */
function sortOf(parts, model) {
  return parts.sort === undefined ? model.sort : parts.sort;
}

/** @param {Parts} parts @param {TableModel} model @returns {Shown} */
function shownOf(parts, model) {
  const columns = model.columns.slice(0, MAX_COLUMNS);
  const sort = sortOf(parts, model);
  const aligned = alignmentOf(model.rows, columns);
  const found = filtered(model.rows, columns, parts.input.value);
  const rows = sorted(found, columns.find((column) => idOf(column) === sort?.column), sort?.isDescending ?? false);
  const facts = columns.map((column, index) => {
    const cells = column.best || column.bar ? model.rows.map((row) => cellOf(row, column)) : [];
    return { isRight: aligned[index], best: bestOf(cells, column.best), scale: column.bar ? barScaleOf(cells, column.bar) : null };
  });
  const names = !aligned[0] && !model.isWrapped;
  const signature = JSON.stringify([names, columns.map(({ of, field, bar }) => [of, field, bar])]);
  if (signature !== parts.shown?.signature) parts.widths = [];
  return { columns, facts, rows, rowPx: null, names, signature };
}

/** @param {Parts} parts @param {TableModel} model @param {number} found */
function paintFilter(parts, { hasFilter, rows }, found) {
  const text = parts.input.value.trim();
  parts.box.hidden = text === "" && !(hasFilter && rows.length > FILTER_ROWS);
  if (text === parts.announced) return;
  parts.announced = text;
  announce(parts.box, `${plural(found, "row")} of ${rows.length} found`);
}

/** @param {Parts} parts @param {Shown} shown @param {Sort | null} sort */
function paintHead(parts, { columns, facts }, sort) {
  const titles = columns.map((column, index) => ({ id: idOf(column), column, fact: facts[index] }));
  paintRows(parts.titles, titles, ({ id }, index) => `${index} ${id}`, () => createTitle(parts), (painted, { id, column, fact }) => {
    const direction = sort?.column !== id ? "none" : sort.isDescending ? "descending" : "ascending";
    Object.assign(painted.state, { id, isFirst: isDescendingFirst(column, fact.isRight), sort });
    setText(painted.text, column.title);
    setText(painted.arrow, { none: "", ascending: "▲", descending: "▼" }[direction]);
    setAttribute(painted.element, "aria-sort", direction);
    painted.element.classList.toggle("is-number", fact.isRight);
  });
}

/** @param {Parts} parts */
function createTitle(parts) {
  const title = makeRow("th[scope=col]", { button: "button.sort-button[type=button]", text: "button > span", arrow: "button > span.sort-arrow[aria-hidden=true]" });
  const state = { id: "", isFirst: false, sort: /** @type {Sort | null} */ (null) };
  title.button.addEventListener("click", () => {
    parts.sort = nextSort(state.sort, state.id, state.isFirst);
    requestPaintNow(title.button);
  });
  return { ...title, state };
}

/** @param {Parts} parts @param {Shown} shown @param {TableModel} model */
function paintLayout(parts, shown, { isWrapped }) {
  const isFree = isWrapped || isPrinting();
  const hasBars = shown.columns.some(({ bar }) => bar);
  parts.frame.classList.toggle("is-wrapped", isWrapped);
  parts.table.classList.toggle("has-rows-of-one-height", !isFree);
  setAttribute(parts.table, "aria-rowcount", String(shown.rows.length + 1));
  const { emPx } = computedStyleOf(parts.frame);
  const rowPx = rowHeightOf(emPx, hasBars, (bodyHeightOf(parts) - BORDERS_PX) / shown.rows.length);
  shown.rowPx = isFree ? null : rowPx;
  setStyle(parts.table, "--row-size", `${rowPx}px`);
  paintColumns(parts, shown, isFree ? null : parts.size.width / emPx);
}

/** @param {Parts} parts @returns {number} height for rows, in pixels; as before this frame's paints */
function bodyHeightOf({ size, head }) {
  return size.height - computedStyleOf(head).height + BORDERS_PX;
}

/** @param {Parts} parts @param {Shown} shown @param {number | null} availableEm null if the browser lays the columns out */
function paintColumns(parts, { columns, rows }, availableEm) {
  const isLaidOut = availableEm !== null && availableEm > 0;
  if (isLaidOut) {
    for (const row of rows.slice(0, MAX_WRAPPED)) {
      columns.forEach((column, index) => (parts.widths[index] = Math.max(parts.widths[index] ?? 0, widthOf(cellText(cellOf(row, column), column.format)))));
    }
  }
  const titles = columns.map(({ title }) => title);
  const { shares, scale, widthEm } = isLaidOut
    ? columnsOf(titles, columns.map((_, index) => parts.widths[index] ?? 0), columns.map(({ bar }) => bar !== undefined), availableEm)
    : { shares: columns.map(() => 0), scale: 1, widthEm: 0 };
  const reached = shares.map((_, index) => shares.slice(0, index + 1).reduce((sum, share) => sum + share, 0) * widthEm);
  parts.columnsInView = isLaidOut ? Math.max(1, reached.filter((em) => em <= availableEm + 0.1).length) : columns.length;
  setStyle(parts.table, "--letters", scale.toFixed(3));
  setStyle(parts.table, "inline-size", widthEm > (availableEm ?? 0) + 0.01 ? `${(widthEm / scale).toFixed(2)}em` : "100%");
  paintRows(parts.group, shares, (_, index) => String(index), () => ({ element: make("col") }), ({ element }, share) => {
    setStyle(element, "inline-size", share === 0 ? "auto" : `${(share * 100).toFixed(3)}%`);
  });
}

/** Paint the rows around the visible part. @param {Parts} parts */
function paintWindow(parts) {
  const { shown, scrolledPx, size } = parts;
  if (shown === null) return;
  const { rows, rowPx, columns, facts, names } = shown;
  const most = isPrinting() ? MAX_PRINTED : MAX_WRAPPED;
  const { first, end } = rowPx === null ? { first: 0, end: Math.min(rows.length, most) } : windowOf(scrolledPx, size.height, rowPx, rows.length);
  const built = rows.slice(first, end).map((row, index) => ({ row, index: first + index, cells: columns.map((column) => cellOf(row, column)) }));
  paintSpace(parts.before, first * (rowPx ?? 0));
  paintSpace(parts.after, rowPx === null ? 0 : (rows.length - end) * rowPx);
  const propertyOf = facts.some(({ scale }) => scale) ? propertiesOf(built.map(({ cells }) => cellText(cells[0]))) : null;
  parts.elements = elementsOf(built.map(({ row }) => row.id), parts.elements);
  paintRows(parts.body, built, ({ row }) => `${shown.signature} ${parts.elements.get(row.id)}`, () => createRow(facts, names), (painted, { index, cells }) => {
    setAttribute(painted.element, "aria-rowindex", String(index + 2));
    if (propertyOf) setStyle(painted.element, "--colour", `var(${propertyOf(cellText(cells[0]))})`);
    painted.cells.forEach((cell, column) => paintCell(cell, cells[column], columns[column], facts[column]));
  });
}

/** @param {HTMLElement} body @param {number} heightPx */
function paintSpace(body, heightPx) {
  body.hidden = heightPx === 0;
  setStyle(/** @type {HTMLElement} */ (body.firstElementChild), "block-size", `${heightPx}px`);
}

/** @param {Facts[]} facts @param {boolean} names whether the first column has names, whose ends stay visible */
function createRow(facts, names) {
  const element = make("tr");
  const cells = facts.map(({ scale }, column) => {
    const { element: cell, text } = makeRow(column === 0 ? "th[scope=row]" : "td", { text: "div" });
    element.append(cell);
    const bar = scale ? addParts(cell, { track: "div.cell-track", bar: "track > div.cell-bar" }).bar : null;
    return { cell, text, bar, write: column === 0 && names && !scale ? setName : setText, value: /** @type {import("./table_model.js").Cell | undefined} */ (undefined) };
  });
  return { element, cells };
}

/** @param {ReturnType<typeof createRow>["cells"][number]} painted @param {import("./table_model.js").Cell} cell @param {Column} column @param {Facts} facts */
function paintCell(painted, cell, column, { isRight, best, scale }) {
  const { cell: element, bar } = painted;
  if (painted.value !== cell) paintValue(painted, cell, column);
  element.classList.toggle("is-number", isRight);
  element.classList.toggle("is-best", best !== null && cell === best);
  if (!bar || !scale) return;
  bar.hidden = typeof cell !== "number";
  setStyle(bar, "--share", barShareOf(scale, cell).toFixed(3));
}

/** @param {ReturnType<typeof createRow>["cells"][number]} painted @param {import("./table_model.js").Cell} cell @param {Column} column */
function paintValue(painted, cell, { format }) {
  const [{ cell: element, text, write }, shown] = [painted, cellText(cell, format)];
  painted.value = cell;
  write(text, shown);
  if (write === setText) setAttribute(element, "title", typeof cell === "number" ? String(cell) : shown);
}

/** @param {Shown} shown @returns {string} what the bars or the filter need said */
function noteOf({ columns, facts, rows }) {
  if (rows.length === 0) return "No row contains this text.";
  const bars = columns.filter((_, index) => facts[index].scale);
  const names = columns.filter((_, index) => facts[index].scale?.isLogarithmic).map(({ title }) => isolated(title));
  if (names.length === 0) return "";
  return `Logarithmic bars${names.length < bars.length ? `: ${names.join(", ")}` : ""}`;
}

/** @param {Parts} parts @param {Shown} shown @param {TableModel} model @returns {string} */
function hiddenOf(parts, { rows, rowPx, columns }, model) {
  const isLaidOut = parts.size.height > 0; // not in the first paint of a scene that was empty
  const inView = rowPx === null ? MAX_WRAPPED : isLaidOut ? Math.max(1, Math.floor(bodyHeightOf(parts) / rowPx)) : rows.length;
  const cut = [partOf(Math.min(rows.length, inView), model.rows.length, "row"), partOf(parts.columnsInView, model.columns.length, "column")];
  const isCut = columns.length < model.columns.length || (rowPx === null && rows.length > inView);
  return hiddenText(cut, isCut ? "The CSV file has all." : "Scroll for the rest.");
}
