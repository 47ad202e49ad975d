// @ts-check
/** Macro-F1 of each model as a bar on a full track from 0 to 1, so that a low score shows as low. */

import { make, once, paintRows, setStyle, setText } from "../dom.js";
import { countText } from "../format.js";
import { byModel, gradientOf } from "../palette.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No model has been scored yet.",
  example: { type: "model_metric", model: "gbt", macro_f1: 0.91, macro_f1_ci: [0.88, 0.93] },
};

export const TICKS = [0, 0.25, 0.5, 0.75, 1];

/**
 * @typedef {{model: string, score: number, text: string, interval: [number, number] | null,
 *   rows: string, rowCount: number | null, from: string, to: string}} Bar
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{bars: Bar[]}} known models first, in the order of the palette
 */
export function model(view, context) {
  const bars = valuesOf(view, context).map(barOf);
  return { bars: bars.sort((a, b) => byModel(a.model, b.model)) };
}

/** @param {any} value @returns {Bar} */
function barOf(value) {
  return {
    model: value.model,
    score: value.macro_f1,
    text: value.macro_f1.toFixed(3),
    interval: value.macro_f1_ci ?? null,
    rowCount: value.rows ?? null,
    rows: value.rows == null ? "" : `${countText(value.rows)} rows`,
    ...gradientOf(value.model),
  };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every model, in the order that is shown
 */
export function table(view, context) {
  const rows = model(view, context).bars.map(({ model, score, interval, rowCount }) => [
    model, score, interval?.[0] ?? null, interval?.[1] ?? null, rowCount,
  ]);
  return { columns: ["model", "macro-F1", "95 % from", "95 % to", "rows"], rows };
}

/** @param {HTMLElement} element @param {{bars: Bar[]}} model */
export function paint(element, { bars }) {
  const { list } = once(element, build);
  paintRows(list, bars, (bar) => bar.model, createBar, paintBar);
}

/** @param {HTMLElement} element */
function build(element) {
  const list = make("ul", "bars");
  const axis = make("div", "bar bar-axis");
  const ticks = make("div", "ticks");
  for (const tick of TICKS) ticks.append(make("span", "tick", String(tick)));
  axis.setAttribute("aria-hidden", "true");
  axis.append(make("span"), ticks, make("span"));
  element.append(list, axis);
  return { list };
}

function createBar() {
  const element = make("li", "bar");
  const [name, track, value] = [make("span", "bar-name"), make("div", "track"), make("span", "bar-value")];
  const [fill, whisker] = [make("div", "fill"), make("div", "whisker")];
  track.append(fill, whisker);
  element.append(name, track, value);
  return { element, name, fill, whisker, value };
}

/** @param {ReturnType<typeof createBar>} row @param {Bar} bar */
function paintBar(row, bar) {
  setText(row.name, bar.model);
  setText(row.value, bar.text);
  row.element.title = [bar.model, bar.text, intervalText(bar), bar.rows].filter(Boolean).join(" · ");
  setStyle(row.fill, "--from", bar.from);
  setStyle(row.fill, "--to", bar.to);
  setStyle(row.fill, "inline-size", percent(bar.score));
  row.whisker.hidden = bar.interval === null;
  const [low, high] = bar.interval ?? [0, 0];
  setStyle(row.whisker, "inset-inline-start", percent(low));
  setStyle(row.whisker, "inline-size", percent(high - low));
}

/** @param {Bar} bar */
function intervalText({ interval }) {
  return interval ? `95 % between ${interval[0].toFixed(3)} and ${interval[1].toFixed(3)}` : "";
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(2)}%`;
}
