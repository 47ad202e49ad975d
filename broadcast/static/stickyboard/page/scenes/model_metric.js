// @ts-check
/** Macro-F1 of each model as a bar on a scale from 0 to 1, so that a low score looks low. */

import { make, once, paintRows, setAttribute, setName, setStyle, setText } from "../dom.js";
import { plural } from "../format.js";
import { hiddenText, partOf } from "../hidden.js";
import { computedStyleOf, visibleRowsIn, watchSize } from "../computed_style.js";
import { byModel, gradientOf } from "../palette.js";
import { isolated } from "../text.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No scores yet." };

/** @type {import("../scenes.js").Option[]} */
export const options = [
  { name: "order", title: "Order", choices: [{ value: "fixed", title: "Fixed" }, { value: "score", title: "Best first" }] },
];

export const TICKS = [0, 0.25, 0.5, 0.75, 1];
const ROW_EM = 1.5;
const COLUMN_EM = 17;

/**
 * @typedef {{model: string, score: number, text: string, interval: [number, number] | null,
 *   rows: number | null, from: string, to: string}} Bar
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{bars: Bar[]}} known models first, in the order of the palette, or the best model first
 */
export function model(view, context) {
  const bars = valuesOf(view, context).map(barOf).sort((a, b) => byModel(a.model, b.model));
  if (context.options?.order === "score") bars.sort((a, b) => b.score - a.score);
  return { bars };
}

/** @param {any} value @returns {Bar} */
function barOf({ model, macro_f1, macro_f1_ci, rows }) {
  return { model, score: macro_f1, text: macro_f1.toFixed(3), interval: macro_f1_ci ?? null, rows: rows ?? null, ...gradientOf(model) };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every model, in the displayed order
 */
export function table(view, context) {
  const rows = model(view, context).bars.map(({ model, score, interval, rows }) => [
    model, score, interval?.[0] ?? null, interval?.[1] ?? null, rows,
  ]);
  return { columns: ["model", "macro-F1", "95 % from", "95 % to", "rows"], rows };
}

/**
 * Choose the number of columns: as few as fit all bars, and no more than are legible.
 * @param {number} bars
 * @param {import("../computed_style.js").Size} size
 * @param {number} emPx
 */
export function layOut(bars, { width, height }, emPx) {
  const perColumn = Math.max(1, Math.floor(height / (ROW_EM * emPx)));
  const legible = Math.max(1, Math.floor(width / (COLUMN_EM * emPx)));
  const columns = Math.max(1, Math.min(Math.ceil(bars / perColumn), legible));
  const rows = Math.ceil(bars / columns);
  return { columns, rows, scrolls: rows > perColumn };
}

/** @param {HTMLElement} element @param {{bars: Bar[]}} model */
export function paint(element, { bars }) {
  const parts = once(element, build);
  parts.size ??= watchSize(parts.list);
  const { columns, rows, scrolls } = layOut(bars.length, parts.size, computedStyleOf(parts.list).emPx);
  setStyle(parts.chart, "--columns", String(columns));
  parts.chart.classList.toggle("is-one-column", columns === 1);
  setStyle(parts.chart, "--rows", String(rows));
  setStyle(parts.chart, "--letters", String(Math.max(...bars.map(({ model }) => model.length))));
  if (scrolls) setAttribute(parts.list, "tabindex", "0");
  else parts.list.removeAttribute("tabindex");
  paintRows(parts.list, bars, (bar) => bar.model, createBar, paintBar);
  paintRows(parts.axes, Array.from({ length: columns }, (_, column) => column), String, createAxis, () => {});
  return hiddenText([partOf(visibleRowsIn(parts.list), bars.length, "model")], "Scroll for the rest.");
}

/** @param {HTMLElement} element */
function build(element) {
  const [chart, list, axes] = [make("div", "bars-chart"), make("ul", "bars"), make("div", "bars-axes")];
  list.setAttribute("aria-label", "Macro-F1 by model");
  axes.setAttribute("aria-hidden", "true");
  chart.append(list, axes);
  element.append(chart);
  return { chart, list, axes, size: /** @type {import("../computed_style.js").Size | undefined} */ (undefined) };
}

function createAxis() {
  const [element, ticks] = [make("div", "bar bar-axis"), make("div", "ticks")];
  for (const tick of TICKS) ticks.append(make("span", "tick", String(tick)));
  element.append(make("span"), ticks, make("span"));
  return { element };
}

function createBar() {
  const element = make("li", "bar");
  const [name, plot, value, detail] = [make("span", "bar-name"), make("div", "plot"), make("span", "bar-value"), make("span", "bar-detail")];
  const [track, fill, whisker] = [make("div", "track"), make("div", "fill"), make("div", "whisker")];
  const interval = make("div", "whisker-box");
  interval.append(make("div", "whisker-line"));
  whisker.append(interval);
  track.append(fill, whisker);
  plot.append(track);
  element.append(name, plot, value, detail);
  return { element, name, fill, whisker, interval, value, detail };
}

/** @param {ReturnType<typeof createBar>} row @param {Bar} bar */
function paintBar(row, bar) {
  setName(row.name, bar.model);
  setText(row.value, bar.text);
  setText(row.detail, detailText(bar));
  setAttribute(row.element, "title", [isolated(bar.model), bar.text, detailText(bar)].filter(Boolean).join(" · "));
  setStyle(row.fill, "--from", bar.from);
  setStyle(row.fill, "--to", bar.to);
  setStyle(row.fill, "--score", bar.score.toFixed(4));
  row.whisker.hidden = bar.interval === null;
  const [low, high] = bar.interval ?? [0, 0];
  setStyle(row.whisker, "transform", `translateX(${percent(low)})`);
  setStyle(row.interval, "inline-size", percent(high - low));
}

/** @param {Bar} bar @returns {string} confidence interval and number of rows */
export function detailText({ interval, rows }) {
  const confidence = interval ? `95 %: ${interval[0].toFixed(3)} to ${interval[1].toFixed(3)}` : "";
  return [confidence, rows === null ? "" : plural(rows, "row")].filter(Boolean).join(" · ");
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(2)}%`;
}
