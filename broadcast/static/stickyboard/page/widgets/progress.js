// @ts-check
/** How much of each task is done, as a bar with a percentage, and the remaining time, or how it ended. */

import { contentOf, makeRow, paintRows, repaintIn, setAttribute, setName, setStyle, setTexts } from "../dom.js";
import { numberAt, numberFor, valueAt } from "../fields.js";
import { byName, durationText, formatted, percentText } from "../format.js";
import { hiddenRows } from "../not_shown.js";
import { namedEntries } from "../named_entries.js";
import { propertiesOf } from "../palette.js";
import { cellIn, titleOf } from "../table_model.js";
import { isolated } from "../safe_text.js";

const MAX_TASKS = 100;
const MAX_NOTE = 300;
const REFRESH_MS = 5000;

/**
 * @typedef {{value: string, max?: number | string, label?: string, remaining?: string, started?: string, state?: string, note?: string, format?: string, silent_s?: number}} Options
 * @typedef {{id: string, name: string, property: string, share: number | null, percent: string, amount: string,
 *   rest: string, note: string, isDone: boolean, isFailed: boolean, isSilent: boolean}} Task `share` is 0 to 1, and null if the whole is unknown
 * @typedef {{tasks: Task[], all: number, isTile: boolean, mayFallSilent: boolean}} Model
 */

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No task yet." },
    model: (view, context) => modelOf(view, context, options),
    table: (view, context) => tableOf(view, context, options),
    paint,
  };
}

/** @param {View} view @param {Context} context @param {Options} options @returns {Model} tasks in progress first, by name */
function modelOf(view, context, options) {
  const entries = namedEntries(view, context, options.label);
  const unnamed = entries.length === 1 ? context.eventTypes[0].title : "";
  const tasks = entries.map((entry) => ({ ...taskOf(entry, context, options), name: entry.name || unnamed }));
  tasks.sort((a, b) => Number(a.isDone) - Number(b.isDone) || byName(a.name, b.name));
  const shown = tasks.slice(0, MAX_TASKS);
  const propertyOf = propertiesOf(shown.map(({ name }) => name));
  return {
    tasks: shown.map((task) => ({ ...task, property: propertyOf(task.name) })),
    all: tasks.length, isTile: context.isTile ?? false,
    mayFallSilent: options.silent_s !== undefined && shown.some(({ isDone, isFailed }) => !isDone && !isFailed),
  };
}

/** @param {import("../named_entries.js").NamedEntry} entry @param {Context} context @param {Options} options @returns {Task} */
function taskOf({ id, name, at, value }, { nowS = 0 }, options) {
  const [done, whole] = [numberAt(value, options.value), wholeOf(value, options)];
  const share = done === null || whole === null ? null : done / whole;
  const percent = share === null ? "" : percentText(Math.max(0, Math.min(0.99, share))); // never "100 %"
  const state = valueAt(value, options.state);
  const isFailed = state === "failed";
  const isDone = !isFailed && (state === undefined ? share !== null && share >= 1 : state === "done");
  const silentS = isDone || isFailed || options.silent_s === undefined ? 0 : nowS - at;
  const isSilent = silentS > (options.silent_s ?? 0);
  const note = valueAt(value, options.note);
  return {
    id, name, property: "", isDone, isFailed, isSilent,
    share: share === null ? (isDone ? 1 : null) : Math.max(0, Math.min(1, share)),
    percent: isDone ? (share === null || share >= 1 ? "done" : `done at ${percent}`) : isFailed ? "failed" : percent,
    amount: amountOf(done, whole, options),
    rest: isDone || isFailed ? "" : isSilent ? `no update for ${durationText(silentS)}` : restOf(value, at, share, options),
    note: typeof note === "string" ? note.slice(0, MAX_NOTE) : "",
  };
}

/** @param {any} value @param {Options} options @returns {number | null} a positive number, or null */
function wholeOf(value, { max = 1 }) {
  const whole = numberFor(value, max);
  return whole !== null && whole > 0 ? whole : null;
}

/** @param {number | null} done @param {number | null} whole @param {Options} options @returns {string} a share of 1 needs none */
function amountOf(done, whole, { max = 1, format }) {
  if (done === null) return "no number";
  const text = formatted(done, format);
  if (done < 0) return `${text}, less than 0`;
  if (whole === null) return `${text}, of an unknown whole`;
  if (done > whole) return `${text}, more than the whole of ${formatted(whole, format)}`;
  return max === 1 ? "" : `${text} of ${formatted(whole, format)}`;
}

/**
 * @param {any} value
 * @param {number} atS when the server received the value
 * @param {number | null} share
 * @param {Options} options
 * @returns {string} the time that remained when the value was received
 */
function restOf(value, atS, share, { remaining, started }) {
  const sent = numberAt(value, remaining);
  if (sent !== null) return sent < 0 ? "" : `${formatted(sent, "duration")} left`;
  const startS = numberAt(value, started);
  if (startS === null || share === null || share <= 0 || atS <= startS) return "";
  return `about ${formatted(((atS - startS) * (1 - share)) / share, "duration")} left`;
}

/** @param {View} view @param {Context} context @param {Options} options @returns {Table} every task */
function tableOf(view, context, options) {
  const entries = namedEntries(view, context, options.label).sort((a, b) => byName(a.name, b.name));
  const more = [options.remaining, options.started, options.state, options.note].filter((field) => field !== undefined);
  const rows = entries.map(({ name, value }) => [name, cellIn(valueAt(value, options.value)), wholeOf(value, options), ...more.map((field) => cellIn(valueAt(value, field)))]);
  return { columns: ["name", titleOf(options.value), "max", ...more.map(titleOf)], rows };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, { tasks, all, isTile, mayFallSilent }) {
  const list = contentOf(element, "ul.tasks");
  list.classList.toggle("is-tile", isTile);
  paintRows(list, tasks, ({ id }) => id, createTask, paintTask);
  if (mayFallSilent) repaintIn(element, REFRESH_MS);
  return hiddenRows(list, tasks.length, all, "task", isTile);
}

const createTask = () => makeRow("li.task", {
  name: "div.task-name", percent: "div.task-percent", track: "div.task-track[role=progressbar]", fill: "track > div.task-fill", facts: "div.task-facts",
});

/** @param {ReturnType<typeof createTask>} row @param {Task} task */
function paintTask(row, task) {
  const { element, track } = row;
  const written = [task.amount, task.rest, task.note].filter(Boolean).join(" · ");
  setName(row.name, task.name);
  setTexts(row, { percent: task.isDone ? `✓ ${task.percent}` : task.isFailed ? "✕ failed" : task.isSilent ? `? ${task.percent}` : task.percent, facts: written });
  setAttribute(track, "aria-label", isolated(task.name));
  setAttribute(track, "aria-valuetext", [task.percent, written].filter(Boolean).join(", ") || "unknown");
  if (task.share === null) track.removeAttribute("aria-valuenow");
  else setAttribute(track, "aria-valuenow", String(Math.round(task.share * 100)));
  setStyle(element, "--colour", `var(${task.property})`);
  setStyle(row.fill, "--share", (task.share ?? 0).toFixed(4));
  element.classList.toggle("is-done", task.isDone);
  element.classList.toggle("is-failed", task.isFailed || task.isSilent);
}
