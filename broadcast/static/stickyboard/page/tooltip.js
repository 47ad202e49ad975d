// @ts-check
/** A small window beside the pointer or the focused cell, with the numbers behind what is there. */

import { make, paintRows, setStyle, setText } from "./dom.js";
import { seriesProperty } from "./palette.js";
import { isolated, nameText } from "./text.js";

/**
 * @typedef {{sign: string, colour: number | null, name: string, value: string}} TipLine
 * @typedef {{title: string, lines: TipLine[]}} Tip
 */

const AWAY_PX = 14;
const EDGE_PX = 8;

/**
 * Show a tip, or none.
 * @param {HTMLElement} element the scene's, which bears it
 * @param {Tip | null} tip
 * @param {{x: number, y: number}} [at] where, in the window
 */
export function paintTip(element, tip, at = { x: 0, y: 0 }) {
  const parts = tips.get(element) ?? build(element);
  tips.set(element, parts);
  if (tip?.title !== parts.dismissed) parts.dismissed = null;
  if (tip === null || parts.dismissed !== null) return hide(parts);
  setText(parts.title, tip.title);
  paintRows(parts.lines, tip.lines, (_, index) => String(index), createLine, paintLine);
  if (!opened.has(parts)) parts.tip.showPopover();
  opened.add(parts);
  parts.about = tip.title;
  place(parts.tip, at);
}

/** @returns {boolean} whether a tip was open; it stays closed until something else is pointed at */
export function dismissTips() {
  const wereOpen = [...opened];
  for (const parts of wereOpen) {
    parts.dismissed = parts.about;
    hide(parts);
  }
  return wereOpen.length > 0;
}

/** @param {Parts} parts */
function hide(parts) {
  if (opened.delete(parts)) parts.tip.hidePopover();
}

/** @param {Tip} tip @returns {string} what it says, for those who hear it */
export function textOf({ title, lines }) {
  return `${title}: ${lines.map(({ name, value }) => (value ? `${isolated(name)} ${value}` : isolated(name))).join(", ")}`;
}

/** @typedef {ReturnType<typeof build>} Parts */

/** @type {WeakMap<HTMLElement, Parts>} */
const tips = new WeakMap();
/** @type {Set<Parts>} */
const opened = new Set();

/** @param {HTMLElement} element */
function build(element) {
  const [tip, title, lines] = [make("div", "tip"), make("p", "tip-title"), make("ul", "tip-lines")];
  // In the top layer, as a box that contains its content would cut it off.
  tip.popover = "manual";
  tip.setAttribute("role", "tooltip");
  tip.toggleAttribute("data-no-picture", true);
  tip.append(title, lines);
  element.append(tip);
  return { tip, title, lines, about: "", dismissed: /** @type {string | null} */ (null) };
}

function createLine() {
  const element = make("li", "tip-line");
  const [sign, name, value] = [make("span", "tip-sign"), make("span", "tip-name"), make("span", "tip-value")];
  sign.setAttribute("aria-hidden", "true");
  element.append(sign, name, value);
  return { element, sign, name, value };
}

/** @param {ReturnType<typeof createLine>} row @param {TipLine} line */
function paintLine(row, { sign, colour, name, value }) {
  setText(row.sign, sign);
  setStyle(row.sign, "color", colour === null ? "inherit" : `var(${seriesProperty(colour)})`);
  setText(row.name, nameText(name));
  setText(row.value, value);
}

/** @param {HTMLElement} tip @param {{x: number, y: number}} at Beside it, and always in the window. */
function place(tip, { x, y }) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = x + AWAY_PX + width > innerWidth - EDGE_PX ? x - AWAY_PX - width : x + AWAY_PX;
  const top = Math.min(y + AWAY_PX, innerHeight - EDGE_PX - height);
  setStyle(tip, "left", `${Math.max(EDGE_PX, Math.round(left))}px`);
  setStyle(tip, "top", `${Math.max(EDGE_PX, Math.round(top))}px`);
}
