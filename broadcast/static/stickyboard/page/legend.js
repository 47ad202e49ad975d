// @ts-check
/** The names of what is drawn, with colour and mark; where a scene can hide some of it, as buttons. */

import { askForPaint, make, paintRows, setAttribute, setName, setStyle, setText } from "./dom.js";
import { MARKS, seriesProperty } from "./palette.js";
import { isolated } from "./text.js";

/** @typedef {{name: string, colour: number, sign: string, dash?: number[], detail?: string}} LegendItem */

export const ALL_DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const SVG = "http://www.w3.org/2000/svg";
const MOST_NAMES = 200; // that have room in a page; a scene says how many are hidden
const HINT = "Click: hide or show. Shift and click, or double-click: show it alone, or all again.";

/** Which names are hidden. Pure; names that come later are shown, unless one is shown alone. */
export class Hidden {
  /** @type {Set<string>} */
  #names = new Set();
  /** @type {string | null} */
  #alone = null;

  /** @param {string} name */
  has(name) {
    return this.#alone === null ? this.#names.has(name) : name !== this.#alone;
  }

  /** @param {string} name @param {string[]} names all there are */
  toggle(name, names) {
    if (this.#alone !== null) {
      this.#names = new Set(names.filter((other) => other !== this.#alone));
      this.#alone = null;
    }
    if (!this.#names.delete(name)) this.#names.add(name);
  }

  /** @param {string} name Show it alone, or all again where it is alone already. */
  isolate(name) {
    this.#alone = this.#alone === name ? null : name;
    this.#names.clear();
  }
}

/** @param {number} mark an index of `MARKS` */
export function signOf(mark) {
  return MARKS[mark];
}

/** @param {HTMLElement} list @param {LegendItem[]} items */
export function paintLegend(list, items) {
  paintRows(list, items.slice(0, MOST_NAMES), ({ name }) => name, () => createItem(make("span", "legend-item")), paintItem);
}

/**
 * A legend whose names hide and show what they name.
 * @param {HTMLElement} list
 * @param {LegendItem[]} items
 * @param {Hidden} hidden
 */
export function paintChoices(list, items, hidden) {
  const names = items.map(({ name }) => name);
  paintRows(list, items.slice(0, MOST_NAMES), ({ name }) => name, () => createChoice(list, hidden), (row, item) => {
    row.names = names;
    paintItem(row, item);
    setAttribute(row.name, "title", `${isolated(item.name)}\n${HINT}`);
    setAttribute(row.box, "aria-pressed", String(!hidden.has(item.name)));
  });
}

/** @param {HTMLElement} list @param {Hidden} hidden */
function createChoice(list, hidden) {
  const button = make("button", "legend-item");
  button.setAttribute("type", "button");
  setAttribute(button, "title", HINT);
  const row = { ...createItem(button), names: /** @type {string[]} */ ([]) };
  button.addEventListener("click", (event) => {
    // A double click has toggled twice when it is told, so the second click isolates.
    if (event.shiftKey || event.detail === 2) hidden.isolate(row.item.name);
    else hidden.toggle(row.item.name, row.names);
    askForPaint(list);
  });
  return row;
}

/** @param {HTMLElement} box */
function createItem(box) {
  const element = make("li");
  const [sign, name, detail] = [make("span", "legend-sign"), make("span", "legend-name"), make("span", "legend-detail")];
  sign.setAttribute("aria-hidden", "true");
  box.append(sign, name, detail);
  element.append(box);
  return { element, box, sign, name, detail, line: /** @type {SVGElement | null} */ (null), item: /** @type {LegendItem} */ ({ name: "" }) };
}

/** @param {ReturnType<typeof createItem>} row @param {LegendItem} item */
function paintItem(row, item) {
  const { name, colour, sign, dash, detail = "" } = item;
  row.item = item;
  setText(row.sign, sign);
  setStyle(row.box, "--colour", `var(${seriesProperty(colour)})`);
  setName(row.name, name);
  setText(row.detail, detail);
  if (dash) setAttribute((row.line ??= createLine(row.box)), "stroke-dasharray", dash.join(" "));
}

/** @param {HTMLElement} box @returns {SVGElement} the stroke of a curve's sample */
function createLine(box) {
  const [picture, line] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "line")];
  const place = { x1: "0", y1: "3", x2: "24", y2: "3" };
  for (const [name, value] of Object.entries(place)) line.setAttribute(name, value);
  picture.setAttribute("class", "legend-line");
  picture.setAttribute("viewBox", "0 0 24 6");
  picture.setAttribute("aria-hidden", "true");
  picture.append(line);
  box.prepend(picture);
  return line;
}
