// @ts-check
/** What was predicted for each window of the newest episodes; a wrong one is marked. */

import { buildFigure, describe } from "../canvas.js";
import { listenToCells, paintChosen } from "../cells.js";
import { make, once, setStyle } from "../dom.js";
import { drawGrid } from "../draw_grid.js";
import { mostColumns, namesOf } from "../fields.js";
import { byName, countText, percentText, plural } from "../format.js";
import { placeAt, steppedTo } from "../grid.js";
import { hiddenText, partOf } from "../hidden.js";
import { paintLegend } from "../legend.js";
import { shownIn } from "../computed_style.js";
import { lettersOf, seriesOf } from "../palette.js";
import { isolated } from "../text.js";
import { paintTip } from "../tooltip.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No window has been classified yet." };

export const EPISODES = 12;
export const WINDOWS = 40;
export const LINES = 6;
const INSIDE_PX = 10;

/**
 * @typedef {{name: string, letter: string, colour: number}} Class
 * @typedef {{window: number, letter: string, colour: number, truth: Class | null, isWrong: boolean, value: any}} Cell
 *   `truth` where it is told
 * @typedef {{episode: string, cells: Cell[], last: number}} Row cells by window, the newest ones; `last` is the newest of all
 * @typedef {{rows: Row[], columns: number, classes: Map<string, Class>, sentence: string, episodes: number, windows: number}} Model
 *   `episodes` and `windows` count all that are kept
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} the episodes that began last, newest first, and their newest windows
 */
export function model(view, context) {
  const entries = entriesOf(view, context);
  const classes = classesOf(entries);
  const episodes = [...episodesOf(entries)].reverse();
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

/** @param {import("../view.js").Entry[]} entries @returns {Map<string, Class>} predicted and true ones */
function classesOf(entries) {
  const names = new Set();
  for (const { value: { label, truth } } of entries) {
    names.add(label);
    if (truth != null) names.add(truth);
  }
  const letters = lettersOf(names);
  return new Map([...seriesOf(names)].map(([name, { colour }]) => [name, { name, colour, letter: letters.get(name) ?? "" }]));
}

/**
 * @param {import("../view.js").Entry[]} entries in order of revision, so that the first window met of
 *   an episode tells when it began
 * @returns {Map<string, import("../view.js").Entry[]>} oldest episode first
 */
function episodesOf(entries) {
  const episodes = new Map();
  for (const entry of entries) {
    const windows = episodes.get(entry.value.episode_id);
    if (windows) windows.push(entry);
    else episodes.set(entry.value.episode_id, [entry]);
  }
  return episodes;
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
  const told = cells.filter((cell) => cell.truth).length;
  const wrong = cells.filter((cell) => cell.isWrong).length;
  const truth = told ? `; ${countText(wrong)} of ${countText(told)} differ from the truth` : "";
  return `${plural(cells.length, "window")} of ${plural(rows.length, "episode")}${truth}`;
}

/**
 * @param {Cell} cell
 * @param {Map<string, Class>} classes
 * @returns {import("../tooltip.js").Tip} the likeliest classes first
 */
export function tipOf({ value, truth }, classes) {
  const known = Object.entries(value.probabilities ?? { [value.label]: null }).sort(([, a], [, b]) => b - a);
  const lines = known.slice(0, LINES).map(([name, share]) => {
    const { letter: sign = "", colour = null } = classes.get(name) ?? {};
    return { sign, colour, name, value: share === null ? "" : percentText(share) };
  });
  if (known.length > LINES) lines.push({ sign: "", colour: null, name: `and ${countText(known.length - LINES)} more`, value: "" });
  if (truth) lines.push({ sign: truth.letter, colour: truth.colour, name: truth.name, value: "truth" });
  return { title: `${isolated(value.episode_id)} · window ${value.window_idx}`, lines };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every window, newest episode first
 */
export function table(view, context) {
  const episodes = episodesOf(entriesOf(view, context));
  const values = [...episodes.values()].reverse().flat().map(({ value }) => value);
  const all = namesOf(values.map(({ probabilities }) => Object.keys(probabilities ?? {})));
  const classes = all.slice(0, mostColumns(values.length)).sort(byName);
  const rows = values.map(({ episode_id, window_idx, label, truth, probabilities }) => [
    episode_id, window_idx, label, truth ?? null, ...classes.map((name) => shareIn(probabilities, name)),
  ]);
  return {
    columns: ["episode", "window", "predicted", "truth", ...classes.map((name) => `p(${name})`)],
    rows,
    hidden: hiddenText([partOf(classes.length, all.length, "probability", "probabilities")], "The tip of a window has the highest."),
  };
}

/** @param {Record<string, number> | null | undefined} probabilities @param {string} name @returns {number | null} */
function shareIn(probabilities, name) {
  // Classes may be named like what every object has, "constructor".
  return probabilities && Object.hasOwn(probabilities, name) ? probabilities[name] : null;
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  const { figure, shown, chosen } = once(element, build);
  describe(figure, model.sentence);
  setStyle(figure.figure, "--figure-rows", String(model.rows.length + 1));
  paintLegend(figure.legend, [...model.classes.values()].map(({ name, colour, letter }) => ({ name, colour, sign: letter })));
  shown.grid = drawGrid(figure.canvas, model, chosen.at);
  const { active } = shown.grid;
  if (active) {
    const corner = { x: active.x + active.width - INSIDE_PX, y: active.y + active.height - INSIDE_PX };
    paintChosen(element, figure.canvas, chosen, tipOf(active.cell, model.classes), corner);
  } else paintTip(element, null);
  return hiddenIn(model, shown.grid.placed.length, shownIn(figure.legend));
}

/** @param {Model} model @param {number} windows that are drawn @param {number} classes that are named in sight @returns {string} */
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
  note.append(make("span", "wrong-sample"), "differs from the truth, whose colour is in the corner");
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
