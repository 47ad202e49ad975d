// @ts-check
/** A tooltip next to the pointer or the selected cell, with the exact values. */

import { addParts, makeRow, paintRows, setStyle, setText, setTexts } from "./dom.js";
import { seriesProperty } from "./palette.js";
import { isolated, nameText } from "./safe_text.js";
import { remembered } from "./view.js";

/**
 * @typedef {{symbol: string, colour: number | null, name: string, value: string}} TooltipLine
 * @typedef {{title: string, lines: TooltipLine[]}} Tooltip
 */

const AWAY_PX = 14;
const EDGE_PX = 8;

/**
 * Show a tooltip, or hide it.
 * @param {HTMLElement} element of the scene; contains the tooltip
 * @param {Tooltip | null} tooltip
 * @param {{x: number, y: number}} [at] point in the viewport
 */
export function paintTooltip(element, tooltip, at = { x: 0, y: 0 }) {
  const parts = tooltipOf(element);
  if (tooltip?.title !== parts.dismissed) parts.dismissed = null;
  if (tooltip === null || parts.dismissed !== null) return hide(parts);
  setText(parts.title, tooltip.title);
  paintRows(parts.lines, tooltip.lines, (_, index) => String(index), createLine, paintLine);
  if (!opened.has(parts)) parts.tooltip.showPopover();
  opened.add(parts);
  parts.about = tooltip.title;
  place(parts.tooltip, at);
}

/** @returns {boolean} whether a tooltip was open; it stays closed until its title changes */
export function dismissTooltips() {
  const wereOpen = [...opened];
  for (const parts of wereOpen) {
    parts.dismissed = parts.about;
    hide(parts);
  }
  return wereOpen.length > 0;
}

/** @param {Parts} parts */
function hide(parts) {
  if (opened.delete(parts)) parts.tooltip.hidePopover();
}

/** @param {Tooltip} tooltip @returns {string} its text for screen readers */
export function tooltipText({ title, lines }) {
  return `${title}: ${lines.map(({ name, value }) => (value ? `${isolated(name)} ${value}` : isolated(name))).join(", ")}`;
}

/** @param {string} name @param {string} value @returns {TooltipLine} a line without a symbol */
export function factLine(name, value) {
  return { symbol: "", colour: null, name, value };
}

/** @typedef {ReturnType<typeof tooltipOf>} Parts */

/** @type {Set<Parts>} */
const opened = new Set();

const tooltipOf = remembered((/** @type {HTMLElement} */ element) => {
  const parts = addParts(element, {
    // In the top layer, because a scene clips its content.
    tooltip: "div.tooltip[popover=manual][role=tooltip][data-no-picture]",
    title: "tooltip > p.tooltip-title",
    lines: "tooltip > ul.tooltip-lines",
  });
  return { ...parts, about: "", dismissed: /** @type {string | null} */ (null) };
});

const createLine = () => makeRow("li.tooltip-line", { symbol: "span.tooltip-symbol[aria-hidden=true]", name: "span.tooltip-name", value: "span.tooltip-value" });

/** @param {ReturnType<typeof createLine>} row @param {TooltipLine} line */
function paintLine(row, { symbol, colour, name, value }) {
  setTexts(row, { symbol, name: nameText(name), value });
  setStyle(row.symbol, "color", colour === null ? "inherit" : `var(${seriesProperty(colour)})`);
}

/** Place the tooltip next to a point and inside the viewport. @param {HTMLElement} tooltip @param {{x: number, y: number}} at */
function place(tooltip, { x, y }) {
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const left = x + AWAY_PX + width > innerWidth - EDGE_PX ? x - AWAY_PX - width : x + AWAY_PX;
  const top = Math.min(y + AWAY_PX, innerHeight - EDGE_PX - height);
  setStyle(tooltip, "left", `${Math.max(EDGE_PX, Math.round(left))}px`);
  setStyle(tooltip, "top", `${Math.max(EDGE_PX, Math.round(top))}px`);
}
