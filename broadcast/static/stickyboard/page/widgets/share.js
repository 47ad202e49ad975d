// @ts-check
/** Parts of a whole: one divided bar, and a list of the parts. */

import { addParts, make, makeRow, once, paintRows, setAttribute, setName, setStyle, setText } from "../dom.js";
import { nameAt, valueAt } from "../fields.js";
import { countText, formatted, numberText, percentText, plural } from "../format.js";
import { hiddenText, moreText, partOf } from "../not_shown.js";
import { visibleRowsIn } from "../computed_style.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { isolated } from "../safe_text.js";
import { entriesOf } from "../view.js";

/**
 * @typedef {{value: string, label?: string, top: number, format?: string}} Options
 * @typedef {{name: string, share: number, text: string, title: string, property: string}} Part
 * @typedef {{parts: Part[], negatives: number, isTile: boolean}} Model the last part may be the rest
 */

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No parts yet." },
    model: (view, context) => ({ ...modelOf(amountsIn(view, context, options), options), isTile: context.isTile ?? false }),
    paint,
    table: (view, context) => tableOf(amountsIn(view, context, options)),
  };
}

/**
 * @param {View} view @param {Context} context @param {Options} options
 * @returns {Map<string, number>} of the newest map, or of all entries with a number
 */
function amountsIn(view, context, { value, label }) {
  /** @type {Map<string, number>} */
  let amounts = new Map();
  for (const entry of entriesOf(view, context)) {
    const found = valueAt(entry.value, value);
    if (typeof found === "number") amounts.set(label ? (nameAt(entry.value, label) ?? "–") : entry.key, found);
    else if (typeof found === "object" && found !== null) amounts = new Map(Object.entries(found));
  }
  return new Map([...amounts].filter(([, amount]) => Number.isFinite(amount)));
}

/** @param {Map<string, number>} amounts @param {Options} options */
function modelOf(amounts, { top, format }) {
  const share = sharesOf(amounts, format);
  const largest = [...amounts].sort(([, x], [, y]) => y - x);
  // In the order of names, not of sizes, so that names do not move.
  const shown = [...seriesOf(largest.slice(0, top).map(([name]) => name))];
  const parts = shown.map(([name, { colour }]) => partIn(name, Number(amounts.get(name)), share, seriesProperty(colour), format));
  const rest = largest.slice(top);
  const restShare = rest.reduce((sum, [, amount]) => sum + share(amount), 0);
  if (rest.length > 0) parts.push(restOf(rest.length, restShare));
  return { parts, negatives: largest.filter(([, amount]) => amount < 0).length };
}

/**
 * @param {string} name @param {number} amount @param {(amount: number) => number} share
 * @param {string} property @param {string} [format] @returns {Part}
 */
function partIn(name, amount, share, property, format) {
  const percent = amount < 0 ? numberText(amount) : percentText(share(amount));
  const text = format ? formatted(amount, format) : percent;
  const title = `${isolated(name)}: ${text === percent ? text : `${text}, ${percent}`}`;
  return { name, share: share(amount), text, title, property };
}

/** @param {number} count @param {number} share @returns {Part} the parts beyond the largest ones, as one */
function restOf(count, share) {
  const name = `+${countText(count)} more`;
  return { name, share, text: percentText(share), title: `${name}: ${percentText(share)}`, property: "--muted" };
}

/**
 * @param {Map<string, number>} amounts
 * @param {string} [format] if it is a percentage, the numbers are shares of 1, and the bar may have a gap
 * @returns {(amount: number) => number} its share of the whole; 0 if it is negative
 */
function sharesOf(amounts, format = "") {
  const positive = [...amounts.values()].filter((amount) => amount > 0);
  // Divided by the largest one first, because the sum of the largest numbers overflows.
  const most = positive.reduce((high, amount) => Math.max(high, amount), 0);
  const sum = positive.reduce((total, amount) => total + amount / most, 0);
  const whole = format.endsWith("%") ? Math.max(1 / most, sum) : sum;
  return (amount) => (amount > 0 ? amount / most / whole : 0);
}

/** @param {Map<string, number>} amounts @returns {Table} all parts */
function tableOf(amounts) {
  const share = sharesOf(amounts);
  return { columns: ["name", "value", "share"], rows: [...amounts].map(([name, amount]) => [name, amount, share(amount)]) };
}

/**
 * @param {Pick<Part, "name" | "share" | "property">[]} parts
 * @returns {{name: string, property: string, clip: string}[]} each one's piece of the bar; pieces are a pixel apart
 */
export function piecesOf(parts) {
  let start = 0;
  return parts.map(({ name, share, property }) => {
    const [left, right] = [start, 1 - start - share].map((side) => `${(side * 100).toFixed(1)}%`);
    start += share;
    return { name, property, clip: `inset(0 calc(${right} + 1px) 0 ${left})` };
  });
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, { parts, negatives, isTile }) {
  const { share, bar, list } = once(element, build);
  share.classList.toggle("is-tile", isTile);
  // Keyed by index, so that no element moves on the page when the order changes.
  const byIndex = (/** @type {unknown} */ _, /** @type {number} */ index) => String(index);
  paintRows(bar, piecesOf(parts), byIndex, () => ({ element: make("div", "share-piece") }), ({ element: piece }, { clip, property }) => {
    setStyle(piece, "clip-path", clip);
    setStyle(piece, "background-color", `var(${property})`);
  });
  paintRows(list, parts, byIndex, createItem, paintItem);
  const visible = visibleRowsIn(list, isTile ? element : list);
  // A tile does not scroll: half a line would be the last one.
  const items = /** @type {HTMLElement[]} */ ([...list.children]);
  for (const [index, item] of items.entries()) setStyle(item, "visibility", isTile && index >= visible ? "hidden" : "");
  if (isTile) return moreText(visible, parts.length);
  const undrawn = negatives > 0 ? `${plural(negatives, "negative value")} not drawn.` : "";
  return [hiddenText([partOf(visible, parts.length, "line")], "Scroll for the rest."), undrawn].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element */
function build(element) {
  // The list has the numbers of the bar.
  return addParts(element, { share: "div.share", bar: "share > div.share-bar[aria-hidden=true]", list: "share > ul.share-list" });
}

const createItem = () => makeRow("li.share-item", { sample: "span.share-sample", name: "span.share-name", value: "span.share-value" });

/** @param {ReturnType<typeof createItem>} row @param {Part} part */
function paintItem({ element, sample, name, value }, part) {
  setStyle(sample, "background-color", `var(${part.property})`);
  setName(name, part.name);
  setText(value, part.text);
  setAttribute(element, "title", part.title);
}
