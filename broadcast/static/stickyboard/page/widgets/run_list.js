// @ts-check
/** Runs with their status, progress, config, and the time since their last message. */

import { ageText } from "../ages.js";
import { contentOf, makeRow, paintRows, repaintIn, setAttribute, setName, setStyle, setTexts } from "../dom.js";
import { numberAt } from "../fields.js";
import { countText, durationText, percentText } from "../format.js";
import { hiddenText, partOf } from "../not_shown.js";
import { symbolOf } from "../legend.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { cellIn, cellText } from "../table_model.js";
import { groupBy } from "../view.js";

const MAX_RUNS = 200;
const MAX_SETTINGS = 12;
const SILENT_S = 60;
const REFRESH_MS = 5000;
const ICONS = { running: "▶", finished: "✓", failed: "✕", crashed: "✕", silent: "?" };

/**
 * @typedef {keyof typeof ICONS} State
 * @typedef {{id: string, name: string, property: string, symbol: string, state: State, status: string, step: string, age: string,
 *   lasted: string, config: string, host: string, problems: string, progress: string, share: number | null}} Run
 * @typedef {{runs: Run[], all: number, isLive: boolean}} Model
 */

/** @returns {Widget} */
export function widget() {
  return { empty: { text: "No runs yet." }, model: modelOf, table, paint };
}

/** @param {View} view @param {Context} context @returns {Model} those that run first, then the newest */
export function modelOf(view, { nowS = 0 }) {
  const entries = view.entries("run").filter(({ value }) => typeof value?.run === "string");
  const tasks = groupBy(view.entries("run_progress"), ({ value }) => value?.run);
  const differing = differingIn(entries.map(({ value }) => configOf(value)));
  entries.sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || startOf(b) - startOf(a));
  const shown = entries.slice(0, MAX_RUNS);
  const series = seriesOf(shown.map(({ value }) => value.run));
  const runs = shown.map((entry) => {
    const { colour = 0, mark = 0 } = series.get(entry.value.run) ?? {};
    return { ...runOf(entry, nowS, differing), ...progressOf(tasks.get(entry.value.run)), property: seriesProperty(colour), symbol: symbolOf(mark) };
  });
  return { runs, all: entries.length, isLive: entries.some(isRunning) };
}

/** @param {Entry} entry */
function isRunning({ value }) {
  return value.status === "running";
}

/** @param {Entry} entry */
function startOf({ value }) {
  return numberAt(value, "started") ?? 0;
}

/** @param {any} value @returns {Record<string, unknown>} */
function configOf({ config }) {
  return typeof config === "object" && config !== null && !Array.isArray(config) ? config : {};
}

/** @param {Record<string, unknown>[]} configs @returns {Set<string>} the settings in which the runs differ */
function differingIn(configs) {
  const names = new Set(configs.flatMap((config) => Object.keys(config)));
  return new Set([...names].filter((name) => new Set(configs.map((config) => JSON.stringify(Object.hasOwn(config, name) ? config[name] : undefined))).size > 1));
}

/** @param {Entry} entry @param {number} nowS @param {Set<string>} differing */
function runOf(entry, nowS, differing) {
  const { key, at, value } = entry;
  const silentS = Math.max(0, nowS - at);
  const isSilent = isRunning(entry) && silentS > SILENT_S;
  const state = /** @type {State} */ (isSilent ? "silent" : Object.hasOwn(ICONS, value.status ?? "") ? value.status : "silent");
  return {
    id: key, name: value.run, state,
    status: isSilent ? `no message for ${durationText(silentS)}` : String(value.status ?? "–"),
    step: typeof value.step === "number" ? `step ${countText(value.step)}` : "",
    age: `last message ${ageText(silentS)}`,
    lasted: durationText(Math.max(0, at - startOf(entry))),
    config: configText(configOf(value), differing), host: typeof value.host === "string" ? value.host : "",
    problems: [value.odd > 0 ? `${countText(value.odd)} NaN or infinite` : "", value.problems > 0 ? `${countText(value.problems)} not logged` : ""].filter(Boolean).join(" · "),
  };
}

/** @param {Record<string, unknown>} config @param {Set<string>} differing come first @returns {string} */
function configText(config, differing) {
  const names = Object.keys(config).sort((a, b) => Number(differing.has(b)) - Number(differing.has(a)));
  const more = names.length > MAX_SETTINGS ? [`+${names.length - MAX_SETTINGS}`] : [];
  return [...names.slice(0, MAX_SETTINGS).map((name) => `${name} ${cellText(cellIn(config[name]))}`), ...more].join(" · ");
}

/** @param {Entry[]} [entries] of one run @returns {{progress: string, share: number | null}} its newest task */
function progressOf(entries) {
  const { run, label, done, total } = entries?.at(-1)?.value ?? {};
  if (typeof done !== "number") return { progress: "", share: null };
  const task = String(label ?? "").replace(`${run} `, "");
  const share = typeof total === "number" && total > 0 ? Math.max(0, Math.min(1, done / total)) : null;
  return { share, progress: [task, share === null ? countText(done) : percentText(share)].filter(Boolean).join(" ") };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, { runs, all, isLive }) {
  const list = contentOf(element, "ul.runs");
  paintRows(list, runs, ({ id }) => id, createRun, paintRun);
  if (isLive) repaintIn(element, REFRESH_MS);
  return hiddenText([partOf(runs.length, all, "run")], "The table has all.");
}

const createRun = () => makeRow("li.run", {
  mark: "span.run-mark[aria-hidden=true]", name: "span.run-name", status: "span.run-status", facts: "span.run-facts", problems: "span.run-problems", config: "span.run-config",
  track: "span.run-track", fill: "track > span.run-fill",
});

/** @param {ReturnType<typeof createRun>} row @param {Run} run */
function paintRun(row, run) {
  const { element, name, facts, config, track, fill } = row;
  const written = [run.progress, run.step, run.lasted, run.state === "silent" ? "" : run.age, run.host].filter(Boolean).join(" · ");
  setTexts(row, { mark: run.symbol, status: `${ICONS[run.state]} ${run.status}`, facts: written, problems: run.problems, config: run.config });
  setStyle(element, "--colour", `var(${run.property})`);
  setAttribute(element, "data-state", run.state);
  setName(name, run.name);
  setAttribute(facts, "title", written);
  setAttribute(config, "title", run.config);
  track.hidden = run.share === null;
  setStyle(fill, "--share", (run.share ?? 0).toFixed(4));
}

/** @param {View} view @returns {Table} every run, with a column per setting */
function table(view) {
  const values = view.entries("run").map(({ value }) => value ?? {}).reverse();
  const names = [...new Set(values.flatMap((value) => Object.keys(configOf(value))))].slice(0, 50);
  const fields = ["run", "status", "step", "started", "host", "problems", "odd"];
  const rows = values.map((value) => [...fields.map((field) => cellIn(value[field])), ...names.map((name) => cellIn(Object.hasOwn(configOf(value), name) ? configOf(value)[name] : null))]);
  return { columns: [...fields, ...names], rows };
}
