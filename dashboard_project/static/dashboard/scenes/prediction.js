// @ts-check
/** What was predicted for each window of the newest episodes; a wrong one is marked. */

import { askForPaint, make, once, paintRows, setAttribute, setName, setStyle, setText } from "../dom.js";
import { byName, countText, percentText, plural } from "../format.js";
import { paintLegend } from "../legend.js";
import { lookOf } from "../look.js";
import { lettersOf, seriesOf, seriesProperty } from "../palette.js";
import { watchSize } from "../size.js";
import { paintTip } from "../tip.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No window has been classified yet.",
  example: { type: "prediction", episode_id: "e-1", window_idx: 0, label: "benign" },
};

export const EPISODES = 12;
export const WINDOWS = 40;
export const LINES = 6;
const CELL_EM = { least: 1.25, roomy: 2 };
const NAME_EM = { least: 8, letter: 0.54, gap: 0.5 };
const AXIS_EVERY = 5;
const DIGIT_EM = 0.65;
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {{name: string, letter: string, colour: number}} Class
 * @typedef {{id: string, window: number, letter: string, colour: number, truth: Class | null, isWrong: boolean,
 *   sentence: string, value: any}} Cell `truth` where it is told
 * @typedef {{episode: string, cells: Cell[]}} Row cells by window
 * @typedef {{rows: Row[], last: number, columns: number, classes: Map<string, Class>, sentence: string}} Model
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} the episodes that began last, newest first, and their newest windows
 */
export function model(view, context) {
  const entries = entriesOf(view, context);
  const classes = classesOf(entries);
  const episodes = [...episodesOf(entries)].reverse().slice(0, EPISODES);
  const last = episodes.reduce((most, [, windows]) => windows.reduce((most, { value }) => Math.max(most, value.window_idx), most), 0);
  const first = Math.max(0, last - WINDOWS + 1);
  const rows = episodes.map(([episode, windows]) => ({
    episode,
    cells: windows.filter(({ value }) => value.window_idx >= first).map((entry) => cellOf(entry, classes)).sort((a, b) => a.window - b.window),
  }));
  return { rows, last, columns: last - first + 1, classes, sentence: sentenceOf(rows) };
}

/** @param {import("../view.js").Entry[]} entries @returns {Map<string, Class>} predicted and true ones */
function classesOf(entries) {
  const names = entries.flatMap(({ value: { label, truth } }) => (truth == null ? [label] : [label, truth]));
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

/** @param {import("../view.js").Entry} entry @param {Map<string, Class>} classes @returns {Cell} */
function cellOf({ revision, value }, classes) {
  const { episode_id, window_idx, label, truth, probabilities } = value;
  const { letter, colour } = /** @type {Class} */ (classes.get(label));
  const isWrong = truth != null && truth !== label;
  const share = probabilities?.[label];
  const sure = share === undefined ? "" : ` (${percentText(share)})`;
  const sentence = `${episode_id}, window ${window_idx}: ${label}${sure}${isWrong ? `, in truth ${truth}` : ""}`;
  const told = classes.get(truth) ?? null;
  const id = `${revision} ${letter}${colour} ${told?.letter}${told?.colour}`;
  return { id, window: window_idx, letter, colour, truth: told, isWrong, sentence, value };
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
 * @returns {import("../tip.js").Tip} the likeliest classes first
 */
export function tipOf({ value, truth }, classes) {
  const known = Object.entries(value.probabilities ?? { [value.label]: null }).sort(([, a], [, b]) => b - a);
  const lines = known.slice(0, LINES).map(([name, share]) => {
    const { letter: sign = "", colour = null } = classes.get(name) ?? {};
    return { sign, colour, name, value: share === null ? "" : percentText(share) };
  });
  if (known.length > LINES) lines.push({ sign: "", colour: null, name: `and ${countText(known.length - LINES)} more`, value: "" });
  if (truth) lines.push({ sign: truth.letter, colour: truth.colour, name: truth.name, value: "truth" });
  return { title: `${value.episode_id} · window ${value.window_idx}`, lines };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every window, newest episode first
 */
export function table(view, context) {
  const episodes = episodesOf(entriesOf(view, context));
  const values = [...episodes.values()].reverse().flat().map(({ value }) => value);
  const classes = [...new Set(values.flatMap(({ probabilities }) => Object.keys(probabilities ?? {})))].sort(byName);
  const rows = values.map(({ episode_id, window_idx, label, truth, probabilities }) => [
    episode_id, window_idx, label, truth ?? null, ...classes.map((name) => probabilities?.[name] ?? null),
  ]);
  return { columns: ["episode", "window", "predicted", "truth", ...classes.map((name) => `p(${name})`)], rows };
}

/**
 * Move from a cell to the next one in a direction, over windows that are missing.
 * @param {Row[]} rows
 * @param {{episode: string, window: number} | null} from
 * @param {[number, number]} step rows down, windows on
 * @returns {{episode: string, window: number} | null}
 */
export function stepFrom(rows, from, [down, on]) {
  const at = rows.findIndex(({ episode }) => episode === from?.episode);
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + (at < 0 ? 1 : down)))];
  if (!row || row.cells.length === 0) return from;
  const wanted = at < 0 ? row.cells[row.cells.length - 1].window : (from?.window ?? 0) + on;
  const onTheWay = row.cells.filter(({ window }) => on === 0 || (on > 0 ? window >= wanted : window <= wanted));
  const cells = onTheWay.length ? onTheWay : row.cells;
  const nearest = cells.reduce((best, cell) => (Math.abs(cell.window - wanted) < Math.abs(best.window - wanted) ? cell : best));
  return { episode: row.episode, window: nearest.window };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  const parts = once(element, build);
  parts.model = model;
  paintLegend(parts.legend, [...model.classes.values()].map(({ name, colour, letter }) => ({ name, colour, sign: letter })));
  const { width } = (parts.size ??= watchSize(parts.frame));
  const { columns, nameEm } = layOut(model, width / lookOf(parts.grid).emPx);
  const first = model.last - columns + 1;
  setStyle(parts.frame, "--name-width", `${nameEm.toFixed(1)}em`);
  setStyle(parts.frame, "--columns", String(columns));
  setAttribute(parts.grid, "aria-label", model.sentence);
  const ticks = ticksOf(first, columns);
  paintRows(parts.axis, ticks, String, createTick, ({ element }, window) => {
    setText(element, String(window));
    setStyle(element, "grid-column", String(window - first + 1));
  });
  paintRows(parts.grid, model.rows, (row) => row.episode, createRow, (painted, row) => paintRow(painted, row, first));
  paintActive(element, parts);
}

/**
 * Share the width: all windows, if need be in narrow cells; then names, as whole as cells leave them room.
 * @param {Pick<Model, "rows" | "columns">} model
 * @param {number} widthEm
 */
export function layOut({ rows, columns: wished }, widthEm) {
  const longest = Math.max(0, ...rows.map(({ episode }) => episode.length));
  const whole = Math.max(NAME_EM.least, longest * NAME_EM.letter + NAME_EM.gap);
  const fitting = Math.floor((widthEm - NAME_EM.least) / CELL_EM.least);
  const columns = Math.max(1, Math.min(wished, fitting));
  return { columns, nameEm: Math.max(NAME_EM.least, Math.min(whole, widthEm - columns * CELL_EM.roomy)) };
}

/**
 * @param {number} first
 * @param {number} columns
 * @returns {number[]} windows that are named above the grid, as many as their numbers have room
 */
export function ticksOf(first, columns) {
  const room = AXIS_EVERY * CELL_EM.least;
  const every = AXIS_EVERY * Math.ceil((String(first + columns).length * DIGIT_EM) / room);
  return Array.from({ length: columns }, (_, index) => first + index).filter((window) => window % every === 0);
}

/** @param {HTMLElement} element */
function build(element) {
  const [frame, axisRow, axis, grid] = [make("div", "prediction"), make("div", "episode"), make("div", "windows"), make("div", "episodes")];
  const [foot, legend, note] = [make("div", "legend-row"), make("ul", "legend is-lettered"), make("p", "legend-note")];
  axisRow.setAttribute("aria-hidden", "true");
  axisRow.append(make("span", "episode-name", "window"), axis);
  axisRow.classList.add("episode-axis");
  grid.setAttribute("role", "grid");
  grid.tabIndex = 0;
  note.append(make("span", "wrong-sample"), "differs from the truth, whose colour is in the corner");
  foot.append(legend, note);
  frame.append(axisRow, grid);
  element.append(frame, foot);
  const parts = {
    frame, axis, grid, legend,
    size: /** @type {import("../size.js").Size | null} */ (null),
    model: /** @type {Model | null} */ (null),
    active: /** @type {{episode: string, window: number} | null} */ (null),
  };
  listen(parts);
  return parts;
}

/** @param {ReturnType<typeof build>} parts */
function listen(parts) {
  const { grid } = parts;
  const choose = (/** @type {typeof parts.active} */ active) => {
    parts.active = active;
    askForPaint(grid);
  };
  grid.addEventListener("pointerover", (event) => {
    const target = /** @type {HTMLElement} */ (event.target).closest(".window");
    choose(target ? (shownAt.get(target) ?? null) : null);
  });
  grid.addEventListener("pointerleave", () => choose(null));
  grid.addEventListener("blur", () => choose(null));
  grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step && !(event.key === "Escape" && parts.active)) return;
    event.preventDefault();
    event.stopPropagation();
    choose(step ? stepFrom(parts.model?.rows ?? [], parts.active, step) : null);
  });
}

/** @type {WeakMap<Element, {episode: string, window: number}>} */
const shownAt = new WeakMap();

function createTick() {
  return { element: make("span", "window-tick") };
}

function createRow() {
  const element = make("div", "episode");
  const [name, cells] = [make("span", "episode-name"), make("div", "windows")];
  element.setAttribute("role", "row");
  name.setAttribute("role", "rowheader");
  cells.setAttribute("role", "presentation");
  element.append(name, cells);
  return { element, name, cells };
}

/** @param {ReturnType<typeof createRow>} painted @param {Row} row @param {number} first */
function paintRow(painted, { episode, cells }, first) {
  setName(painted.name, episode);
  const shown = cells.filter(({ window }) => window >= first);
  paintRows(painted.cells, shown, (cell) => String(cell.window), createCell, (painted, cell) => {
    const id = `${cell.window - first} ${cell.id}`;
    if (painted.id === id) return;
    painted.id = id;
    paintCell(painted.element, cell, cell.window - first + 1);
    shownAt.set(painted.element, { episode, window: cell.window });
  });
}

function createCell() {
  const element = make("span", "window");
  element.setAttribute("role", "gridcell");
  return { element, id: "" };
}

/** @param {HTMLElement} element @param {Cell} cell @param {number} column */
function paintCell(element, cell, column) {
  setText(element, cell.letter);
  setAttribute(element, "aria-label", cell.sentence);
  setStyle(element, "--colour", `var(${seriesProperty(cell.colour)})`);
  setStyle(element, "--truth", cell.truth ? `var(${seriesProperty(cell.truth.colour)})` : "transparent");
  setStyle(element, "grid-column", String(column));
  element.classList.toggle("is-wrong", cell.isWrong);
}

/** @param {HTMLElement} element @param {ReturnType<typeof build>} parts */
function paintActive(element, { grid, model, active }) {
  const before = grid.querySelector("#prediction-active");
  const now = active && [...grid.querySelectorAll(".window")].find((cell) => isAt(shownAt.get(cell), active));
  if (before !== now) before?.removeAttribute("id");
  if (!now || !active || !model) {
    grid.removeAttribute("aria-activedescendant");
    return paintTip(element, null);
  }
  now.id = "prediction-active";
  setAttribute(grid, "aria-activedescendant", now.id);
  const cell = model.rows.find(({ episode }) => episode === active.episode)?.cells.find(({ window }) => window === active.window);
  const { right, bottom } = now.getBoundingClientRect();
  paintTip(element, cell ? tipOf(cell, model.classes) : null, { x: right - 10, y: bottom - 10 });
}

/** @param {{episode: string, window: number} | undefined} at @param {{episode: string, window: number}} active */
function isAt(at, active) {
  return at?.episode === active.episode && at.window === active.window;
}
