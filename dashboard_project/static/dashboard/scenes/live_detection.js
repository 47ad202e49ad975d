// @ts-check
/** The newest scored windows of each host: one lane per host, one cell per window, newest right. */

import { buildFigure, describe } from "../canvas.js";
import { askForPaint, make, once, say, setStyle } from "../dom.js";
import { byName, plural } from "../format.js";
import { CELLS, drawLanes, pointAt, steppedTo } from "../lanes.js";
import { paintTip, textOf } from "../tip.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No window of a host has been scored yet.",
  example: { type: "live_detection", host_id: "lab-1", score: 0.82, alert: true },
};

/**
 * @typedef {{score: number, alert: boolean, at: number, label: string | null, model: string | null}} Cell
 * @typedef {{host: string, cells: Cell[], alerts: number}} Lane `alerts` among its cells
 * @typedef {{lanes: Lane[], sentence: string}} Model
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} lanes by host name; cells oldest first
 */
export function model(view, context) {
  /** @type {Map<string, Cell[]>} */
  const cellsOf = new Map();
  for (const { at, value: { host_id, score, alert, label = null, model = null } } of entriesOf(view, context)) {
    const cells = cellsOf.get(host_id);
    const cell = { score, alert, at, label, model };
    if (cells) cells.push(cell);
    else cellsOf.set(host_id, [cell]);
  }
  const lanes = [...cellsOf].map(([host, all]) => {
    const cells = all.slice(-CELLS);
    return { host, cells, alerts: cells.filter(({ alert }) => alert).length };
  });
  lanes.sort((a, b) => byName(a.host, b.host));
  return { lanes, sentence: sentenceOf(lanes) };
}

/** @param {Lane[]} lanes */
function sentenceOf(lanes) {
  const sum = (/** @type {(lane: Lane) => number} */ count) => lanes.reduce((whole, lane) => whole + count(lane), 0);
  const calling = lanes.filter((lane) => lane.cells.at(-1)?.alert).map((lane) => lane.host);
  const now = calling.length ? `; alerting now: ${calling.join(", ")}` : "";
  const windows = plural(sum(({ cells }) => cells.length), "window");
  return `${plural(sum(({ alerts }) => alerts), "alert")} in the newest ${windows} of ${plural(lanes.length, "host")}${now}`;
}

/**
 * @param {Lane} lane
 * @param {Cell} cell
 * @returns {import("../tip.js").Tip}
 */
export function tipOf({ host }, { score, alert, at, label, model }) {
  const facts = [["score", score.toFixed(3)], ["label", label], ["model", model], ["time", new Date(at * 1000).toLocaleTimeString()]];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [{ sign: "", colour: null, name: String(name), value: String(value) }]));
  return { title: alert ? `${host} · alert` : host, lines };
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
  const parts = once(element, build);
  describe(parts.figure, model.sentence);
  setStyle(parts.figure.figure, "--lanes", String(model.lanes.length));
  parts.layout = drawLanes(parts.figure.canvas, model.lanes, parts.active);
  parts.lanes = model.lanes.length;
  const { active, layout } = parts;
  const lane = active && model.lanes[active.lane];
  const cell = lane && lane.cells[lane.cells.length - CELLS + active.cell];
  if (!lane || !cell) return paintTip(element, null);
  const box = parts.figure.canvas.getBoundingClientRect();
  const { x, y } = pointAt(layout, active);
  const tip = tipOf(lane, cell);
  paintTip(element, tip, { x: box.left + x, y: box.top + y });
  if (parts.isToSay) say(element, textOf(tip));
  parts.isToSay = false;
}

/** @param {HTMLElement} element */
function build(element) {
  const figure = buildFigure(element);
  figure.legend.remove();
  figure.figure.append(buildKey());
  const parts = {
    figure,
    lanes: 0,
    layout: /** @type {import("../lanes.js").Layout} */ (/** @type {unknown} */ (null)),
    active: /** @type {import("../lanes.js").Place | null} */ (null),
    isToSay: false,
  };
  listen(parts);
  return parts;
}

/** @param {ReturnType<typeof build>} parts */
function listen(parts) {
  const { frame, canvas } = parts.figure;
  const choose = (/** @type {import("../lanes.js").Place | null} */ active) => {
    parts.active = active;
    askForPaint(canvas);
  };
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Arrow keys move from window to window.");
  canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => choose(parts.layout.placeAt(offsetX, offsetY)));
  canvas.addEventListener("pointerleave", () => choose(null));
  frame.addEventListener("blur", () => choose(null));
  frame.addEventListener("keydown", (event) => {
    const next = event.key === "Escape" ? null : steppedTo(event.key, parts.active, parts.lanes);
    if (next === undefined || next === parts.active) return;
    event.preventDefault();
    event.stopPropagation();
    parts.isToSay = next !== null;
    choose(next);
  });
}

/** What the colours mean; it never changes. */
function buildKey() {
  const key = make("p", "lanes-key");
  const scale = make("span", "heat-scale");
  scale.setAttribute("aria-hidden", "true");
  for (let shade = 1; shade <= 5; shade += 1) scale.append(make("span", `heat heat-${shade}`));
  key.append("score 0", scale, "1", make("span", "alert-sample", "!"), "alert", make("span", "key-end", "newest →"));
  return key;
}
