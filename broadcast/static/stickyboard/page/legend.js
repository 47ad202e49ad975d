// @ts-check
/** The legend: names with colour and mark, which are buttons if the scene can hide them. */

import { makeRow, makeSvg, paintRows, requestPaintNow, setAttribute, setName, setStyle, setTexts } from "./dom.js";
import { MARKS, seriesProperty } from "./palette.js";
import { isolated } from "./safe_text.js";

/** @typedef {{name: string, colour: number, symbol: string, dash?: number[], detail?: string}} LegendItem */

export const ALL_DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const MAX_NAMES = 200;
const HINT = "Click to hide or show. Shift-click or double-click to show it alone, or all again.";

/** The set of hidden names. New names are visible, unless one name is shown alone. */
export class Hidden {
  /** @type {Set<string>} */
  #names = new Set();
  /** @type {string | null} */
  #alone = null;

  /** @param {string} name */
  has(name) {
    return this.#alone === null ? this.#names.has(name) : name !== this.#alone;
  }

  /** @param {string} name @param {string[]} names all names */
  toggle(name, names) {
    if (this.#alone !== null) {
      this.#names = new Set(names.filter((other) => other !== this.#alone));
      this.#alone = null;
    }
    if (!this.#names.delete(name)) this.#names.add(name);
  }

  /** Show a name alone, or all names if it is alone already. @param {string} name */
  isolate(name) {
    this.#alone = this.#alone === name ? null : name;
    this.#names.clear();
  }
}

/** @param {number} mark index in `MARKS` */
export function symbolOf(mark) {
  return MARKS[mark];
}

/** @param {LegendItem[]} items @param {string} text @returns {LegendItem[]} those whose names contain every word of the text */
export function matching(items, text) {
  const words = text.toLowerCase().split(/\s+/);
  return items.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}

/** @param {HTMLElement} list @param {LegendItem[]} items */
export function paintLegend(list, items) {
  paintRows(list, items.slice(0, MAX_NAMES), ({ name }) => name, () => createItem("span.legend-item"), paintItem);
}

/**
 * Paint a legend whose buttons hide and show their curves or classes.
 * @param {HTMLElement} list
 * @param {LegendItem[]} items
 * @param {Hidden} hidden
 */
export function paintChoices(list, items, hidden) {
  const names = items.map(({ name }) => name);
  paintRows(list, items.slice(0, MAX_NAMES), ({ name }) => name, () => createChoice(list, hidden), (row, item) => {
    row.names = names;
    paintItem(row, item);
    setAttribute(row.name, "title", `${isolated(item.name)}\n${HINT}`);
    setAttribute(row.content, "aria-pressed", String(!hidden.has(item.name)));
  });
}

/** @param {HTMLElement} list @param {Hidden} hidden */
function createChoice(list, hidden) {
  const row = { ...createItem("button.legend-item[type=button]"), names: /** @type {string[]} */ ([]) };
  setAttribute(row.content, "title", HINT);
  row.content.addEventListener("click", (event) => {
    // The second click of a double click has `detail` 2; the first one has already toggled the name.
    if (event.shiftKey || event.detail === 2) hidden.isolate(row.item.name);
    else hidden.toggle(row.item.name, row.names);
    requestPaintNow(list);
  });
  return row;
}

/** @param {string} selector of what contains the name */
function createItem(selector) {
  const parts = makeRow("li", {
    content: selector, symbol: "content > span.legend-symbol[aria-hidden=true]", name: "content > span.legend-name", detail: "content > span.legend-detail",
  });
  return { ...parts, line: /** @type {SVGElement | null} */ (null), item: /** @type {LegendItem} */ ({ name: "" }) };
}

/** @param {ReturnType<typeof createItem>} row @param {LegendItem} item */
function paintItem(row, item) {
  const { name, colour, symbol, dash, detail = "" } = item;
  row.item = item;
  setTexts(row, { symbol, detail });
  setStyle(row.content, "--colour", `var(${seriesProperty(colour)})`);
  setName(row.name, name);
  if (dash) setAttribute((row.line ??= createLine(row.content)), "stroke-dasharray", dash.join(" "));
}

/** @param {HTMLElement} content @returns {SVGElement} a sample of a curve's stroke */
function createLine(content) {
  const picture = makeSvg("svg", { class: "legend-line", viewBox: "0 0 24 6", "aria-hidden": "true" });
  const line = makeSvg("line", { x1: "0", y1: "3", x2: "24", y2: "3" });
  picture.append(line);
  content.prepend(picture);
  return line;
}
