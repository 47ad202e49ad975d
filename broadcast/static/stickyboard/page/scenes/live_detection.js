// @ts-check
/** The newest scored windows of each host: one lane per host, one cell per window, newest at the right. */

import { buildFigure, describe } from "../canvas.js";
import { listenToCells, paintChosen } from "../cells.js";
import { make, once, setStyle } from "../dom.js";
import { byName, plural } from "../format.js";
import { hiddenText, namesText, partOf } from "../hidden.js";
import { CELLS, drawLanes, pointAt, steppedTo } from "../lanes.js";
import { isolated } from "../text.js";
import { paintTooltip } from "../tooltip.js";
import { entriesOf, groupBy } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No scored windows yet." };

/**
 * @typedef {{score: number, alert: boolean, at: number, label: string | null, model: string | null}} Cell
 * @typedef {{host: string, cells: Cell[], alerts: number}} Lane `alerts` among its cells
 * @typedef {{lanes: Lane[], windows: number, sentence: string}} Model `windows` is the number of all stored ones
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} lanes by host name; cells oldest first
 */
export function model(view, context) {
  const entries = entriesOf(view, context);
  const lanes = [...groupBy(entries, ({ value }) => value.host_id)].map(([host, all]) => {
    const cells = all.slice(-CELLS).map(cellOf);
    return { host, cells, alerts: cells.filter(({ alert }) => alert).length };
  });
  lanes.sort((a, b) => byName(a.host, b.host));
  return { lanes, windows: entries.length, sentence: sentenceOf(lanes) };
}

/** @param {import("../view.js").Entry} entry @returns {Cell} */
function cellOf({ at, value: { score, alert, label = null, model = null } }) {
  return { score, alert, at, label, model };
}

/** @param {Lane[]} lanes */
function sentenceOf(lanes) {
  const sum = (/** @type {(lane: Lane) => number} */ count) => lanes.reduce((whole, lane) => whole + count(lane), 0);
  const alerting = lanes.filter((lane) => lane.cells.at(-1)?.alert).map((lane) => lane.host);
  const now = alerting.length ? `; alerting now: ${namesText(alerting)}` : "";
  const windows = plural(sum(({ cells }) => cells.length), "window");
  return `${plural(sum(({ alerts }) => alerts), "alert")} in the newest ${windows} of ${plural(lanes.length, "host")}${now}`;
}

/**
 * @param {Lane} lane
 * @param {Cell} cell
 * @returns {import("../tooltip.js").Tooltip}
 */
export function tooltipOf({ host }, { score, alert, at, label, model }) {
  const facts = [["score", score.toFixed(3)], ["label", label], ["model", model], ["time", new Date(at * 1000).toLocaleTimeString()]];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [{ symbol: "", colour: null, name: String(name), value: String(value) }]));
  return { title: alert ? `${isolated(host)} · alert` : isolated(host), lines };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every window, newest first
 */
export function table(view, context) {
  const rows = entriesOf(view, context).reverse().map(({ at, value: { host_id, score, alert, label, model } }) => [
    new Date(at * 1000).toISOString(), host_id, score, alert, label ?? null, model ?? null,
  ]);
  return { columns: ["time", "host", "score", "alert", "label", "model"], rows };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  const { figure, drawn, chosen } = once(element, build);
  const { at } = chosen;
  describe(figure, model.sentence);
  setStyle(figure.figure, "--figure-rows", String(model.lanes.length));
  const layout = drawLanes(figure.canvas, model.lanes, at);
  Object.assign(drawn, { layout, lanes: layout.lanes });
  const lane = at && model.lanes[at.lane];
  const cell = lane && lane.cells[lane.cells.length - CELLS + at.cell];
  if (at && lane && cell) paintChosen(element, figure.canvas, chosen, tooltipOf(lane, cell), pointAt(layout, at));
  else paintTooltip(element, null);
  return hiddenIn(model, layout.lanes);
}

/** @param {Model} model @param {number} lanes drawn @returns {string} */
export function hiddenIn({ lanes: all, windows }, lanes) {
  const drawn = all.slice(0, lanes).reduce((sum, { cells }) => sum + cells.length, 0);
  return hiddenText([partOf(lanes, all.length, "host"), partOf(drawn, windows, "window")], "The table has all.");
}

/** @param {HTMLElement} element */
function build(element) {
  const figure = buildFigure(element);
  figure.legend.remove();
  figure.figure.append(buildKey());
  const drawn = { lanes: 0, layout: /** @type {import("../lanes.js").Layout | null} */ (null) };
  const chosen = listenToCells(
    figure,
    (x, y) => drawn.layout && drawn.layout.placeAt(x, y),
    (key, from) => steppedTo(key, from, drawn.lanes),
  );
  return { figure, drawn, chosen };
}

/** The key to the colours; it never changes. */
function buildKey() {
  const key = make("p", "lanes-key");
  const scale = make("span", "heat-scale");
  scale.setAttribute("aria-hidden", "true");
  for (let shade = 1; shade <= 5; shade += 1) scale.append(make("span", `heat heat-${shade}`));
  key.append("score 0", scale, "1", make("span", "alert-sample", "!"), "alert", make("span", "key-end", "newest →"));
  return key;
}
