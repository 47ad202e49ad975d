// @ts-check
/** Predictions for each window of the newest episodes; wrong ones are marked. */

import { buildFigure, describe } from "../canvas.js";
import { listenToCells, paintChosen } from "../cells.js";
import { make, once, setStyle } from "../dom.js";
import { drawGrid } from "../draw_grid.js";
import { maxColumns, namesOf } from "../fields.js";
import { byName, countText, percentText, plural } from "../format.js";
import { placeAt, steppedTo } from "../grid.js";
import { hiddenText, partOf } from "../hidden.js";
import { paintLegend } from "../legend.js";
import { visibleRowsIn } from "../computed_style.js";
import { lettersOf, seriesOf } from "../palette.js";
import { isolated } from "../text.js";
import { paintTooltip } from "../tooltip.js";
import { entriesOf, groupBy } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No window has been classified yet." };

export const EPISODES = 12;
export const WINDOWS = 40;
export const TOOLTIP_LINES = 6;
const INSIDE_PX = 10;

/**
 * @typedef {{name: string, letter: string, colour: number}} Class
 * @typedef {{window: number, letter: string, colour: number, truth: Class | null, isWrong: boolean, value: any}} Cell
 *   `truth` is null if it is unknown
 * @typedef {{episode: string, cells: Cell[], last: number}} Row the newest cells by window; `last` is the newest window
 * @typedef {{rows: Row[], columns: number, classes: Map<string, Class>, sentence: string, episodes: number, windows: number}} Model
 *   `episodes` and `windows` are the numbers of all stored ones
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} the newest episodes by their beginning, newest first, with their newest windows
 */
export function model(view, context) {
  const entries = entriesOf(view, context);
  const classes = classesOf(entries);
  const episodes = [...groupBy(entries, episodeOf)].reverse();
  const rows = episodes.slice(0, EPISODES).map(([episode, windows]) => rowOf(episode, windows, classes));
  const columns = Math.min(WINDOWS, Math.max(1, ...rows.map(({ last }) => last + 1)));
  return { rows, columns, classes, sentence: sentenceOf(rows), episodes: episodes.length, windows: entries.length };
}

/** @param {string} episode @param {import("../view.js").Entry[]} windows @param {Map<string, Class>} classes @returns {Row} */
function rowOf(episode, windows, classes) {
  const last = windows.reduce((most, { value }) => Math.max(most, value.window_idx), 0);
  const newest = windows.filter(({ value }) => value.window_idx > last - WINDOWS);
  return { episode, last, cells: newest.map(({ value }) => cellOf(value, classes)).sort((a, b) => a.window - b.window) };
}

/** @param {import("../view.js").Entry[]} entries @returns {Map<string, Class>} predicted and true classes */
function classesOf(entries) {
  const names = new Set();
  for (const { value: { label, truth } } of entries) {
    names.add(label);
    if (truth != null) names.add(truth);
  }
  const letters = lettersOf(names);
  return new Map([...seriesOf(names)].map(([name, { colour }]) => [name, { name, colour, letter: letters.get(name) ?? "" }]));
}

/** @param {import("../view.js").Entry} entry @returns {string} episodes occur in the order of their first window */
function episodeOf({ value }) {
  return value.episode_id;
}

/** @param {any} value @param {Map<string, Class>} classes @returns {Cell} */
function cellOf(value, classes) {
  const { letter, colour } = /** @type {Class} */ (classes.get(value.label));
  const truth = classes.get(value.truth) ?? null;
  return { window: value.window_idx, letter, colour, truth, isWrong: truth !== null && value.truth !== value.label, value };
}

/** @param {Row[]} rows */
function sentenceOf(rows) {
  const cells = rows.flatMap((row) => row.cells);
  const known = cells.filter((cell) => cell.truth).length;
  const wrong = cells.filter((cell) => cell.isWrong).length;
  const truth = known ? `; ${countText(wrong)} of ${countText(known)} are wrong` : "";
  return `${plural(cells.length, "window")} of ${plural(rows.length, "episode")}${truth}`;
}

/**
 * @param {Cell} cell
 * @param {Map<string, Class>} classes
 * @returns {import("../tooltip.js").Tooltip} with the likeliest classes first
 */
export function tooltipOf({ value, truth }, classes) {
  const known = Object.entries(value.probabilities ?? { [value.label]: null }).sort(([, a], [, b]) => b - a);
  const lines = known.slice(0, TOOLTIP_LINES).map(([name, share]) => {
    const { letter: symbol = "", colour = null } = classes.get(name) ?? {};
    return { symbol, colour, name, value: share === null ? "" : percentText(share) };
  });
  if (known.length > TOOLTIP_LINES) lines.push({ symbol: "", colour: null, name: `and ${countText(known.length - TOOLTIP_LINES)} more`, value: "" });
  if (truth) lines.push({ symbol: truth.letter, colour: truth.colour, name: truth.name, value: "truth" });
  return { title: `${isolated(value.episode_id)} · window ${value.window_idx}`, lines };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every window, newest episode first
 */
export function table(view, context) {
  const episodes = groupBy(entriesOf(view, context), episodeOf);
  const values = [...episodes.values()].reverse().flat().map(({ value }) => value);
  const all = namesOf(values.map(({ probabilities }) => Object.keys(probabilities ?? {})));
  const classes = all.slice(0, maxColumns(values.length)).sort(byName);
  const rows = values.map(({ episode_id, window_idx, label, truth, probabilities }) => [
    episode_id, window_idx, label, truth ?? null, ...classes.map((name) => shareIn(probabilities, name)),
  ]);
  return {
    columns: ["episode", "window", "predicted", "truth", ...classes.map((name) => `p(${name})`)],
    rows,
    hidden: hiddenText([partOf(classes.length, all.length, "probability", "probabilities")], "The tooltip of a window has the highest."),
  };
}

/** @param {Record<string, number> | null | undefined} probabilities @param {string} name @returns {number | null} */
function shareIn(probabilities, name) {
  // A class may have the name of an inherited property, such as "constructor".
  return probabilities && Object.hasOwn(probabilities, name) ? probabilities[name] : null;
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  const { figure, shown, chosen } = once(element, build);
  describe(figure, model.sentence);
  setStyle(figure.figure, "--figure-rows", String(model.rows.length + 1));
  paintLegend(figure.legend, [...model.classes.values()].map(({ name, colour, letter }) => ({ name, colour, symbol: letter })));
  shown.grid = drawGrid(figure.canvas, model, chosen.at);
  const { active } = shown.grid;
  if (active) {
    const corner = { x: active.x + active.width - INSIDE_PX, y: active.y + active.height - INSIDE_PX };
    paintChosen(element, figure.canvas, chosen, tooltipOf(active.cell, model.classes), corner);
  } else paintTooltip(element, null);
  return hiddenIn(model, shown.grid.placed.length, visibleRowsIn(figure.legend));
}

/** @param {Model} model @param {number} windows drawn @param {number} classes visible in the legend @returns {string} */
export function hiddenIn({ rows, episodes, windows: all, classes: names }, windows, classes) {
  const parts = [
    partOf(rows.length, episodes, "episode"), partOf(windows, all, "window"), partOf(classes, names.size, "class", "classes"),
  ];
  return hiddenText(parts, "The table has all.");
}

/** @param {HTMLElement} element */
function build(element) {
  const figure = buildFigure(element);
  const [foot, note] = [make("div", "legend-row"), make("p", "legend-note")];
  note.append(make("span", "wrong-sample"), "wrong; the corner has the colour of the true class");
  figure.legend.classList.add("is-lettered");
  figure.figure.append(foot);
  foot.append(figure.legend, note);
  const shown = { grid: /** @type {ReturnType<typeof drawGrid> | null} */ (null) };
  const chosen = listenToCells(
    figure,
    (x, y) => shown.grid && placeAt(shown.grid, x, y),
    (key, from) => steppedTo(key, from, shown.grid?.rows ?? []),
  );
  return { figure, shown, chosen };
}
