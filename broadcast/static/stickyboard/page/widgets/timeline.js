// @ts-check
/** Named states over time, one row per lane. */

import { staleAfterOf } from "../ages.js";
import { describe, drawText, textWidth } from "../canvas.js";
import { buildCells, drawRows, fillCells, hiddenIn, letterPxOf, paintChosen } from "../cells.js";
import { addParts, once, repaintIn, setText } from "../dom.js";
import { nameAt } from "../fields.js";
import { byName, durationText, plural } from "../format.js";
import { paintLegend } from "../legend.js";
import { letteredOf, seriesProperty } from "../palette.js";
import { isolated, nameText } from "../safe_text.js";
import { clockText, secondsAt, stampText, timeTicks } from "../times.js";
import { factLine } from "../tooltip.js";
import { entriesOf, groupBy } from "../view.js";

const SHAPE = { leastRow: 0.92, mostRow: 4, leastCell: 1, mostCell: Infinity, roomyCell: 0, bodyShare: 0.68, leastColumn: 24 };
const SPACE_EM = 7; // between ticks
const AXIS_EM = 1.5;
const NOW_EM = 4; // the word at the end of the axis
const LEAST_SPAN_S = 1;
const REPAINT_MS = { least: 1000, most: 60_000 };
const HATCH_PX = 6;
const NARROW_PX = 3;
const PADDING_PX = 3;

/**
 * @typedef {{lane: string, state: string, since: string}} Options
 * @typedef {import("../palette.js").Lettered} State
 * @typedef {{id: number, state: string, from: number, to: number | null}} Span in seconds; `to` is null for a state that
 *   lasts, and `id` is the revision of its first event
 * @typedef {import("../cell_layout.js").Cell & {span: Span, state: State}} Cell covers a share of the axis
 * @typedef {import("../cell_layout.js").Row<Cell>} Row
 * @typedef {{rows: Row[], states: Map<string, State>, left: number, nowS: number, staleS: number | null, sentence: string}} Model
 *   `staleS` is the time since which nothing has arrived, if that is too long
 */

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No states yet." },
    model: (view, context) => modelOf(entriesOf(view, context), context, options),
    table: (view, context) => tableOf(entriesOf(view, context), options),
    paint,
  };
}

/** @param {Entry[]} entries @param {Context} context @param {Options} options @returns {Model} rows by name */
export function modelOf(entries, { eventTypes, nowS: now = 0 }, options) {
  const lanes = lanesOf(entries, options);
  const spans = lanes.flatMap(({ spans: all }) => all);
  const arrivedS = entries.reduce((newest, { at }) => Math.max(newest, at), 0);
  const nowS = Math.max(now, arrivedS);
  const left = Math.min(nowS - LEAST_SPAN_S, spans.reduce((least, { from }) => Math.min(least, from), Infinity));
  const states = letteredOf(spans.map(({ state }) => state));
  // A producer's clock may be ahead: a state does not begin in the future.
  const shareOf = (/** @type {number} */ at) => (Math.min(at, nowS) - left) / (nowS - left);
  const rows = lanes.map(({ name, spans: all }) => ({
    key: name,
    name,
    cells: all.map((span) => ({
      id: span.id, start: shareOf(span.from), end: shareOf(span.to ?? nowS), span, state: /** @type {State} */ (states.get(span.state)),
    })),
  }));
  const staleAfterS = staleAfterOf(eventTypes);
  const staleS = staleAfterS !== null && nowS - arrivedS > staleAfterS ? arrivedS : null;
  return { rows, states, left, nowS, staleS, sentence: sentenceOf(lanes, staleS) };
}

/** @param {Entry[]} entries @param {Options} options @returns {{name: string, spans: Span[]}[]} by name */
function lanesOf(entries, options) {
  const lanes = groupBy(entries.filter(({ value }) => nameAt(value, options.lane) !== null), ({ value }) => nameAt(value, options.lane) ?? "");
  return [...lanes].map(([name, all]) => ({ name, spans: spansOf(all, options) })).sort((a, b) => byName(a.name, b.name));
}

/**
 * @param {Entry[]} entries of a lane
 * @param {Options} options
 * @returns {Span[]} in order of time, then of arrival; a state that is reported again lasts, and one of null ends the one before
 */
function spansOf(entries, options) {
  const events = entries.map((entry) => ({ at: secondsAt(entry.value, options.since) ?? entry.at, state: nameAt(entry.value, options.state), revision: entry.revision }));
  events.sort((a, b) => a.at - b.at || a.revision - b.revision);
  /** @type {Span[]} */
  const spans = [];
  let last = null;
  for (const { at, state, revision } of events) {
    if (state === last) continue;
    if (last !== null) spans[spans.length - 1].to = at;
    if (state !== null) spans.push({ id: revision, state, from: at, to: null });
    last = state;
  }
  return spans;
}

/** @param {{name: string, spans: Span[]}[]} lanes @param {number | null} staleS */
function sentenceOf(lanes, staleS) {
  const now = lanes.slice(0, 12).map(({ name, spans }) => `${isolated(name)} ${isolated(lastingOf(spans) ?? "–")}`);
  const rest = lanes.length > now.length ? " …" : "";
  const stale = staleS === null ? "now" : `nothing new since ${clockText(staleS)}`;
  return `${plural(lanes.length, "row")} of states; ${stale}: ${now.join(", ")}${rest}`;
}

/** @param {Span[]} spans @returns {string | undefined} the state that lasts */
function lastingOf(spans) {
  const last = spans.at(-1);
  return last?.to === null ? last.state : undefined;
}

/** @param {Row} row @param {Cell} cell @param {Pick<Model, "nowS" | "staleS">} model @returns {Tooltip} */
export function tooltipOf({ name: row }, { span: { from, to }, state }, { nowS, staleS }) {
  const end = to === null ? (staleS === null ? "now" : `now; nothing new since ${clockText(staleS, nowS)}`) : clockText(to, nowS);
  const facts = [factLine("from", clockText(from, nowS)), factLine("to", end), factLine("duration", durationText(Math.max(0, (to ?? nowS) - from)))];
  return { title: isolated(row), lines: [{ symbol: state.letter, colour: state.colour, name: state.name, value: "" }, ...facts] };
}

/** @param {Entry[]} entries @param {Options} options @returns {Table} every state, newest first */
function tableOf(entries, options) {
  const spans = lanesOf(entries, options).flatMap(({ name, spans: all }) => all.map((span) => ({ name, ...span })));
  spans.sort((a, b) => b.from - a.from || b.id - a.id);
  const rows = spans.map(({ name, state, from, to }) => [name, state, stampText(from), to === null ? null : stampText(to), to === null ? null : to - from]);
  return { columns: [options.lane, options.state, "from", "to", "seconds"], rows };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, model) {
  const { cells, note } = once(element, build);
  const { rows, states, staleS, sentence } = model;
  describe(cells.figure, sentence);
  paintLegend(cells.figure.legend, [...states.values()].map(({ name, colour, letter }) => ({ name, colour, symbol: letter })));
  setText(note, staleS === null ? "" : `hatched: nothing new since ${clockText(staleS, model.nowS)}`);
  const drawing = drawRows(cells, rows, { units: 1, headEm: AXIS_EM }, SHAPE);
  drawAxis(drawing, model);
  const [wide, narrow] = [drawing.placed.filter(({ box }) => box.width > NARROW_PX), drawing.placed.filter(({ box }) => box.width <= NARROW_PX)];
  // Short states are drawn over long ones, which would hide them.
  for (const placed of [wide, narrow]) fillCells({ ...drawing, placed }, ({ state }) => seriesProperty(state.colour));
  drawStates({ ...drawing, placed: wide });
  if (staleS !== null) drawStale(drawing, model);
  paintChosen(element, cells, drawing, (row, cell) => tooltipOf(row, cell, model));
  // Time moves what lasts, also while nothing arrives: by a pixel at a time.
  const pixelMs = (1000 * (model.nowS - model.left)) / Math.max(1, drawing.grid.layout.cellWidth);
  repaintIn(element, Math.max(REPAINT_MS.least, Math.min(REPAINT_MS.most, pixelMs)));
  return hiddenIn(drawing, { rows: rows.length });
}

/** @param {HTMLElement} element */
function build(element) {
  const cells = buildCells(element);
  const { foot, note } = addParts(cells.figure.figure, { foot: "div.legend-row", note: "foot > p.legend-note" });
  cells.figure.legend.classList.add("is-lettered");
  foot.prepend(cells.figure.legend);
  return { cells, note };
}

/** Draw clock times above each column, and lines below them. @param {import("../cells.js").Drawing<Cell>} drawing @param {Model} model */
function drawAxis({ surface: { ctx, colour, font, sizePx, height }, grid: { layout }, emPx }, { left, nowS }) {
  const { columns, perColumn, nameWidth, cellWidth, headPx } = layout;
  const ticks = timeTicks(left, nowS, Math.max(1, Math.floor(cellWidth / (SPACE_EM * emPx))));
  const end = cellWidth - NOW_EM * emPx;
  ctx.textBaseline = "middle";
  ctx.font = font(sizePx("--text-xs"));
  for (let column = 0; column < columns; column += 1) {
    const from = layout.xOf(column * perColumn) + nameWidth;
    const all = ticks.map(({ at, text }) => ({ text, x: ((at - left) / (nowS - left)) * cellWidth })).filter(({ x }) => x < end);
    ctx.fillStyle = colour("--grid");
    for (const { x } of all) ctx.fillRect(Math.round(from + x), headPx * 0.8, 1, height);
    ctx.fillStyle = colour("--muted");
    ctx.textAlign = "center";
    for (const { x, text } of all) drawText(ctx, text, from + x, headPx / 2);
    ctx.textAlign = "right";
    drawText(ctx, "now", from + cellWidth, headPx / 2);
  }
}

/** Write each state's name into its cells, or its letter if that has more room. @param {import("../cells.js").Drawing<Cell>} drawing */
function drawStates({ surface: { ctx, colour, font, sizePx }, placed }) {
  if (placed.length === 0) return;
  const bold = font(Math.min(letterPxOf(placed[0].box, sizePx("--text-s")), sizePx("--text-m")), 700);
  ctx.font = bold;
  ctx.fillStyle = colour("--on-series");
  ctx.textAlign = "center";
  for (const { cell: { state }, box: { x, y, width, height } } of placed) {
    const text = [nameText(state.name), state.letter].find((each) => textWidth(ctx, bold, each) + 2 * PADDING_PX <= width);
    if (text) drawText(ctx, text, x + width / 2, y + height / 2);
  }
}

/** Hatch the states that may have ended since the newest event. @param {import("../cells.js").Drawing<Cell>} drawing @param {Model} model */
function drawStale({ surface: { ctx, colour, sizePx }, grid: { layout }, placed }, { left, nowS, staleS }) {
  const share = (Number(staleS) - left) / (nowS - left);
  ctx.strokeStyle = colour("--surface");
  ctx.lineWidth = sizePx("--text-m") / 7;
  for (const { box: { x, y, width, height }, cell: { span, start } } of placed) {
    if (span.to !== null) continue;
    const from = Math.min(x + width - 1, x + Math.max(0, share - start) * layout.cellWidth);
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, y, x + width - from, height);
    ctx.clip();
    ctx.beginPath();
    for (let at = from - height; at < x + width; at += HATCH_PX) {
      ctx.moveTo(at, y + height);
      ctx.lineTo(at + height, y);
    }
    ctx.stroke();
    ctx.restore();
  }
}
