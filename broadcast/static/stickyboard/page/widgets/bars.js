// @ts-check
/** One horizontal bar per entry, or per key of a map, on a scale that is visible in full. */

import { MAX_BARS, modelOf, tableOf } from "../bars_model.js";
import { computedStyleOf, visibleRowsIn, watchSize } from "../computed_style.js";
import { addParts, makeRow, once, paintRows, setAttribute, setName, setStyle, setText, setTexts } from "../dom.js";
import { plural } from "../format.js";
import { hiddenText, moreText, partOf, withoutNumberText } from "../not_shown.js";
import { isolated } from "../safe_text.js";
import { axisTicks } from "../ticks.js";

const ROW_EM = 1.5;
const [COLUMN_EM, TILE_COLUMN_EM] = [17, 14]; // below them, bars are not legible
const LETTER_EM = 0.62;
const NAME_GAP_EM = 1; // the end of a name has the width of four digits, also where its letters are narrow
const TICK_EM = 0.857; // size of the ticks' letters
const GAPS_EM = 1.7; // on both sides of the bar
const MAX_AXIS_EM = 24; // a longer axis has no more ticks
const [MIN_NAME_EM, MAX_NAME, MIN_VALUE_EM] = [3, 0.36, 3.3];

/** @type {Record<string, string>} */
const ORDERS = { auto: "Automatic", label: "By name", "-value": "Largest first", value: "Smallest first", none: "Newest last" };

/**
 * @typedef {import("../bars_model.js").Bar} Bar
 * @typedef {import("../bars_model.js").Scale} Scale
 * @typedef {import("../bars_model.js").Model} Model
 */

/** @param {import("../bars_model.js").Options} options @returns {Widget} */
export function widget(options) {
  const first = options.sort ?? "auto";
  return {
    empty: { text: "No values yet." },
    options: [{ name: "order", title: "Order", choices: [...new Set([first, "label", "-value", "value"])].map((value) => ({ value, title: ORDERS[value] })) }],
    model: (view, context) => modelOf(view, context, options),
    table: (view, context) => tableOf(view, context, options),
    paint,
  };
}

/**
 * Choose the number of columns: as few as fit all bars, and no more than are legible.
 * @param {number} bars
 * @param {Size} size
 * @param {number} emPx
 */
export function layOut(bars, { width, height }, emPx, columnEm = COLUMN_EM) {
  const perColumn = Math.max(1, Math.floor(height / (ROW_EM * emPx)));
  const legible = Math.max(1, Math.floor(width / (columnEm * emPx)));
  const columns = Math.max(1, Math.min(Math.ceil(bars / perColumn), legible));
  const rows = Math.ceil(bars / columns);
  return { columns, rows, perColumn, scrolls: rows > perColumn };
}

/**
 * Divide one column into name, bar and value; the bar gets at least half of it.
 * @param {Bar[]} bars
 * @param {number} columnEm
 * @returns {{nameEm: number, valueEm: number, barEm: number}}
 */
export function widthsOf(bars, columnEm) {
  const lettersOf = (/** @type {(bar: Bar) => number} */ letters) => bars.reduce((most, bar) => Math.max(most, letters(bar)), 0) * LETTER_EM;
  const nameEm = Math.max(MIN_NAME_EM, Math.min(lettersOf(({ name }) => name.length) + NAME_GAP_EM, MAX_NAME * columnEm));
  const valueEm = Math.max(MIN_VALUE_EM, Math.min(lettersOf(({ text, mark }) => text.length + (mark ? mark.word.length + 2 : 0)), MAX_NAME * columnEm));
  return { nameEm, valueEm, barEm: Math.max(1, columnEm - nameEm - valueEm - GAPS_EM) };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, model) {
  const { bars, isTile } = model;
  const parts = once(element, (root) => build(root, isTile));
  const { emPx } = computedStyleOf(parts.list);
  const { columns, rows, perColumn, scrolls } = layOut(bars.length, parts.size, emPx, isTile ? TILE_COLUMN_EM : COLUMN_EM);
  const shown = isTile ? bars.slice(0, columns * perColumn) : bars;
  const { nameEm, valueEm, barEm } = widthsOf(shown, parts.size.width / columns / emPx - (columns > 1 ? GAPS_EM : 0));
  for (const [name, value] of [["--columns", columns], ["--rows", Math.min(rows, isTile ? perColumn : rows)], ["--name-em", nameEm.toFixed(2)], ["--value-em", valueEm.toFixed(2)]]) {
    setStyle(parts.chart, String(name), String(value));
  }
  parts.chart.classList.toggle("is-one-column", columns === 1);
  parts.chart.classList.toggle("is-scrolling", scrolls && !isTile);
  if (scrolls && !isTile) setAttribute(parts.list, "tabindex", "0");
  else parts.list.removeAttribute("tabindex");
  paintRows(parts.list, shown, ({ id }) => id, createBar, paintBar);
  const ticks = axisTicks({ ...model.scale, kind: "linear" }, Math.min(MAX_AXIS_EM, barEm / TICK_EM));
  paintRows(parts.axes, isTile ? [] : Array.from({ length: columns }), (_, column) => String(column), createAxis, (axis) => paintAxis(axis, model.scale, ticks));
  return hiddenOf(model, isTile ? shown.length : visibleRowsIn(parts.list));
}

/** @param {Model} model @param {number} visible */
function hiddenOf({ all, bars, beyond, withoutNumber, isTile }, visible) {
  if (isTile) return moreText(visible, all);
  return [
    hiddenText([partOf(visible, all, "bar")], bars.length < all ? `The first ${MAX_BARS} are drawn; the table has all.` : "Scroll for the rest."),
    beyond > 0 ? `${plural(beyond, "bar")} end${beyond === 1 ? "s" : ""} beyond the scale.` : "",
    withoutNumberText(withoutNumber),
  ].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element @param {boolean} isTile decides the size of letters, so it is set before they are measured */
function build(element, isTile) {
  const parts = addParts(element, { chart: "div.bars-chart", axes: "chart > div.bars-axes[aria-hidden=true]", list: "chart > ul.bars[aria-label=Bars]" });
  parts.chart.classList.toggle("is-tile", isTile);
  return { ...parts, size: watchSize(parts.list) };
}

const createAxis = () => makeRow("div.bar.bar-axis", { before: "span", plot: "div.bar-scale", after: "span" });

/** @param {ReturnType<typeof createAxis>} axis @param {Scale} scale @param {Tick[]} ticks */
function paintAxis({ plot }, { zero, lines }, ticks) {
  const marks = [
    ...ticks.map(({ share, text }) => ({ share, text, kind: "tick" })),
    ...(zero === null ? [] : [{ share: zero, text: "", kind: "zero" }]),
    ...lines.map(({ at, level }) => ({ share: at, text: "", kind: level })),
  ];
  paintRows(plot, marks, (_, index) => String(index), createMark, ({ element, label }, { share, text, kind }) => {
    setAttribute(element, "data-kind", kind);
    setStyle(element, "inset-inline-start", `${(share * 100).toFixed(2)}%`);
    setText(label, text);
  });
}

const createMark = () => makeRow("div.bar-line", { label: "span.tick" });

const createBar = () => makeRow("li.bar", {
  name: "span.bar-name",
  plot: "div.plot", track: "plot > div.track", fill: "track > div.fill",
  whisker: "track > div.whisker", interval: "whisker > div.whisker-box", line: "interval > div.whisker-line",
  value: "span.bar-value", mark: "value > span.threshold-word", text: "value > span",
  detail: "span.bar-detail",
});

/** @param {ReturnType<typeof createBar>} row @param {Bar} bar */
function paintBar(row, bar) {
  const { name, text, detail, mark, interval } = bar;
  setName(row.name, name);
  setTexts(row, { text, detail, mark: mark?.word ?? "" });
  row.mark.hidden = mark === null;
  setAttribute(row.mark, "data-level", mark?.level ?? "");
  setAttribute(row.element, "title", [isolated(name), mark?.word, text, detail].filter(Boolean).join(" · "));
  setStyle(row.fill, "--colour", `var(${bar.property})`);
  setStyle(row.fill, "--start", bar.start.toFixed(4));
  setStyle(row.fill, "--length", bar.length.toFixed(4));
  row.whisker.hidden = interval === null;
  const [low, high] = interval ?? [0, 0];
  setStyle(row.whisker, "transform", `translateX(${percent(low)})`);
  setStyle(row.interval, "inline-size", percent(high - low));
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(2)}%`;
}
