// @ts-check
/** What was predicted for each window of the newest episodes; a wrong one is marked. */

import { paintLegend } from "../canvas.js";
import { make, once, paintRows, setAttribute, setStyle, setText } from "../dom.js";
import { byName, percentText } from "../format.js";
import { MARKS, seriesOf, seriesProperty } from "../palette.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No window has been classified yet.",
  example: { type: "prediction", episode_id: "e-1", window_idx: 0, label: "benign" },
};

export const EPISODES = 12;
export const WINDOWS = 40;
const SQUARE = MARKS.indexOf("■");

/**
 * @typedef {{window: number, letter: string, colour: number, isWrong: boolean, sentence: string}} Cell
 * @typedef {{episode: string, began: number, cells: Cell[]}} Row
 * @typedef {{rows: Row[], first: number, columns: number, legend: import("../canvas.js").LegendItem[]}} Model
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} the episodes that began last, newest first, and their newest windows
 */
export function model(view, context) {
  const entries = entriesOf(view, context);
  const series = seriesOf(entries.map(({ value }) => value.label));
  const episodes = new Map([...episodesOf(entries)].reverse().slice(0, EPISODES));
  const last = Math.max(0, ...[...episodes.values()].flat().map(({ value }) => value.window_idx));
  const first = Math.max(0, last - WINDOWS + 1);
  const rows = [...episodes].map(([episode, windows]) => ({
    episode,
    began: windows[0].revision,
    cells: cellsOf(windows, series).filter(({ window }) => window >= first),
  }));
  const legend = [...series].map(([name, { colour }]) => ({ name, colour, mark: SQUARE }));
  return { rows, first, columns: last - first + 1, legend };
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

/**
 * @param {import("../view.js").Entry[]} windows
 * @param {ReturnType<typeof seriesOf>} series
 * @returns {Cell[]}
 */
function cellsOf(windows, series) {
  return windows.map(({ value }) => cellOf(value, series.get(value.label)?.colour ?? 0));
}

/** @param {any} value @param {number} colour @returns {Cell} */
function cellOf({ episode_id, window_idx, label, truth, probabilities }, colour) {
  const isWrong = truth != null && truth !== label;
  const share = probabilities?.[label];
  const sure = share === undefined ? "" : ` (${percentText(share)})`;
  const sentence = `${episode_id}, window ${window_idx}: ${label}${sure}${isWrong ? `, in truth ${truth}` : ""}`;
  return { window: window_idx, letter: [...label][0].toUpperCase(), colour, isWrong, sentence };
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

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, { rows, first, columns, legend }) {
  const parts = once(element, build);
  setStyle(parts.grid, "--columns", String(columns));
  paintRows(parts.grid, rows, (row) => row.episode, createRow, (painted, row) => paintRow(painted, row, first));
  paintLegend(parts.legend, legend);
}

/** @param {HTMLElement} element */
function build(element) {
  const [grid, legend] = [make("div", "episodes"), make("ul", "legend")];
  const key = make("p", "legend-note", "◥ differs from the truth");
  element.append(grid, legend, key);
  return { grid, legend };
}

function createRow() {
  const element = make("div", "episode");
  const [name, cells] = [make("span", "episode-name"), make("div", "windows")];
  element.append(name, cells);
  return { element, name, cells };
}

/** @param {ReturnType<typeof createRow>} painted @param {Row} row @param {number} first */
function paintRow(painted, row, first) {
  setText(painted.name, row.episode);
  setAttribute(painted.name, "title", row.episode);
  paintRows(painted.cells, row.cells, (cell) => String(cell.window), createCell, ({ element }, cell) => {
    setText(element, cell.letter);
    setAttribute(element, "title", cell.sentence);
    setStyle(element, "background-color", `var(${seriesProperty(cell.colour)})`);
    setStyle(element, "grid-column", String(cell.window - first + 1));
    element.classList.toggle("is-wrong", cell.isWrong);
  });
}

function createCell() {
  return { element: make("span", "window") };
}
