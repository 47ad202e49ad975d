// @ts-check
/** Numbers in large letters, one per entry, with a target, a threshold's word, and the change over the stored events. */

import { computedStyleOf, watchSize } from "../computed_style.js";
import { contentOf, makeRow, once, paintRows, setAttribute, setName, setStyle, setTexts } from "../dom.js";
import { numberAt, numberFor, valueAt } from "../fields.js";
import { byName, formatted, percentText, plural } from "../format.js";
import { hiddenRows } from "../not_shown.js";
import { namedEntries } from "../named_entries.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { buildSparkline, pathOf, sharesOf } from "../sparkline.js";
import { titleOf } from "../table_model.js";
import { alertsBeyond, passed } from "../thresholds.js";
import { stampText } from "../times.js";

const MAX_NUMBERS = 60;
const LETTER_EM = 0.7; // bold digits are wide
const UNIT = 0.45; // size of the unit's letters
const HEIGHT = 0.42; // of the digits, as a share of the number's box
const [LEAST_EM, LEAST_HEIGHT_EM] = [1.6, 4.2];
const MAX_COLUMNS = 12;

/**
 * @typedef {{value: string, label?: string, unit?: string, format?: string, target?: number | string,
 *   thresholds?: Threshold[], sparkline?: boolean, change?: boolean}} Options
 * @typedef {{text: string, title: string, direction: "up" | "down" | "none"}} Change
 * @typedef {{id: string, name: string, text: string, property: string, target: {share: number, text: string} | null,
 *   mark: Threshold | null, change: Change | null, curve: number[]}} Shown
 * @typedef {{numbers: Shown[], all: number, unit: string, letters: number, isTile: boolean,
 *   alerts: Alert[]}} Model `letters` of the longest number with its unit
 */

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No number yet." },
    model: (view, context) => modelOf(view, context, options),
    table: (view, context) => tableOf(view, context, options),
    paint,
  };
}

/** @param {View} view @param {Context} context @param {Options} options @returns {Model} */
function modelOf(view, context, options) {
  const entries = namedEntries(view, context, options.label).sort((a, b) => byName(a.name, b.name));
  const colours = seriesOf(entries.slice(0, MAX_NUMBERS).map(({ name }) => name).filter(Boolean));
  const numbers = entries.slice(0, MAX_NUMBERS).map((entry) => shownOf(entry, colours.get(entry.name)?.colour, options));
  const { unit = "" } = options;
  return {
    numbers, all: entries.length, unit,
    letters: Math.max(...numbers.map(({ text }) => text.length)) + (unit ? UNIT * (unit.length + 1) : 0),
    isTile: context.isTile ?? false,
    alerts: alertsBeyond(
      entries.map(({ name, value }) => ({ name: name || context.eventTypes[0].title, value: valueAt(value, options.value) })),
      options.thresholds, (value) => [formatted(value, options.format), unit].filter(Boolean).join(" "),
    ),
  };
}

/** @param {import("../named_entries.js").NamedEntry} entry @param {number | undefined} colour @param {Options} options @returns {Shown} */
function shownOf({ id, name, value, history }, colour, options) {
  const number = valueAt(value, options.value);
  const numbers = history.map((entry) => valueAt(entry.value, options.value)).filter((each) => typeof each === "number");
  return {
    id, name, text: formatted(number, options.format),
    property: colour === undefined ? "--accent" : seriesProperty(colour),
    target: targetOf(number, value, options),
    mark: passed(number, options.thresholds),
    change: options.change === false ? null : changeOf(numbers, options.format),
    curve: options.sparkline === false || numbers.length < 2 ? [] : sharesOf(numbers),
  };
}

/** @param {unknown} number @param {any} value @param {Options} options @returns {Shown["target"]} null without a positive target */
function targetOf(number, value, { target, format }) {
  const whole = numberFor(value, target);
  if (whole === null || typeof number !== "number" || whole <= 0) return null;
  return { share: Math.max(0, Math.min(1, number / whole)), text: `${percentText(number / whole)} of ${formatted(whole, format)}` };
}

/** @param {number[]} numbers oldest first @param {string} [format] @returns {Change | null} */
function changeOf(numbers, format) {
  if (numbers.length < 2) return null;
  const by = numbers[numbers.length - 1] - numbers[0];
  const size = Number.isFinite(by) ? formatted(Math.abs(by), format) : "more than 1.8×10³⁰⁸";
  return { direction: by > 0 ? "up" : by < 0 ? "down" : "none", text: `${by > 0 ? "+" : by < 0 ? "−" : "±"}${size}`, title: `Change over ${plural(numbers.length, "stored value")}` };
}

/**
 * @param {View} view @param {Context} context @param {Options} options
 * @returns {Table} every stored value, the newest of each name first
 */
function tableOf(view, context, { value: field, label, target }) {
  const entries = namedEntries(view, context, label).sort((a, b) => byName(a.name, b.name));
  const rows = entries.flatMap(({ name, history }) =>
    [...history].reverse().map(({ at, value }) => [name, stampText(at), numberAt(value, field), ...(target === undefined ? [] : [numberFor(value, target)])]),
  );
  return { columns: ["name", "time", titleOf(field), ...(target === undefined ? [] : ["target"])], rows };
}

const GAP_EM = 1.75; // between two columns

/**
 * Choose the number of columns that makes the letters largest.
 * @param {number} count
 * @param {number} letters of the longest number
 * @param {Size} size
 * @param {number} emPx
 * @returns {{columns: number, sizePx: number}} of the digits
 */
export function layOut(count, letters, { width, height }, emPx) {
  const options = Array.from({ length: Math.min(count, MAX_COLUMNS) }, (_, index) => {
    const columns = index + 1;
    const [wide, high] = [(0.94 * (width - index * GAP_EM * emPx)) / columns, height / Math.ceil(count / columns)];
    return { columns, sizePx: Math.floor(Math.min(HEIGHT * high, wide / (LETTER_EM * letters))) };
  });
  const best = options.reduce((a, b) => (b.sizePx > a.sizePx ? b : a));
  if (best.sizePx >= LEAST_EM * emPx) return best;
  const legible = Math.floor((width / emPx + GAP_EM) / (LEAST_EM * LETTER_EM * letters + GAP_EM));
  return { columns: Math.max(1, Math.min(count, MAX_COLUMNS, legible)), sizePx: Math.ceil(LEAST_EM * emPx) };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, { numbers, all, unit, letters, isTile }) {
  const list = contentOf(element, "ul.numbers");
  const size = once(list, watchSize);
  const { emPx } = computedStyleOf(list);
  const { columns, sizePx } = layOut(numbers.length, letters, size, emPx);
  list.classList.toggle("is-tile", isTile);
  setStyle(list, "--columns", String(columns));
  setStyle(list, "--size", isTile ? "var(--text-xl)" : `${sizePx}px`);
  setStyle(list, "--least-height", isTile ? "0px" : `${LEAST_HEIGHT_EM}em`);
  paintRows(list, numbers, ({ id }) => id, createNumber, (painted, number) => paintNumber(painted, number, unit, all > 1));
  return hiddenRows(list, numbers.length, all, "number", isTile);
}

function createNumber() {
  const [curve, parts] = [buildSparkline(), makeRow("li.number", {
    name: "div.number-name",
    line: "div.number-line", value: "line > span.number-value", text: "value > span.number-digits", unit: "value > span.number-unit", mark: "line > span.threshold-word",
    facts: "div.number-facts", change: "facts > span.number-change", arrow: "change > span.number-arrow[aria-hidden=true]", by: "change > span", target: "facts > span.number-target",
    track: "div.number-track", fill: "track > div.number-fill",
  })];
  parts.element.append(curve.element);
  return { ...parts, curve };
}

const ARROWS = { up: "▲", down: "▼", none: "" };

/** @param {ReturnType<typeof createNumber>} painted @param {Shown} number @param {string} unit @param {boolean} hasNames whether a name distinguishes it */
function paintNumber(painted, { name, text, property, target, mark, change, curve }, unit, hasNames) {
  painted.name.hidden = name === "" && !hasNames;
  if (!painted.name.hidden) setName(painted.name, name);
  setStyle(painted.element, "--colour", `var(${property})`);
  setAttribute(painted.element, "data-level", mark?.level ?? "");
  setTexts(painted, { text, unit, mark: mark?.word ?? "", arrow: ARROWS[change?.direction ?? "none"], by: change?.text ?? "", target: target?.text ?? "" });
  painted.mark.hidden = mark === null;
  setAttribute(painted.mark, "data-level", mark?.level ?? "");
  painted.facts.hidden = change === null && target === null;
  painted.change.hidden = change === null;
  setAttribute(painted.change, "title", change?.title ?? "");
  painted.track.hidden = target === null;
  setStyle(painted.fill, "--share", (target?.share ?? 0).toFixed(3));
  painted.curve.element.toggleAttribute("hidden", curve.length < 2);
  if (curve.length > 1) setAttribute(painted.curve.path, "d", pathOf(curve));
}
