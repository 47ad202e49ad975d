// @ts-check
/** Random events for a widget, and what must hold when it draws them. A case is plain JSON, as events are. */
import assert from "node:assert/strict";

import { contextOf, viewOf } from "../js/fakes.js";
import { isPlainData } from "../js/plain_data.js";

/** @typedef {{kind: string, options: Record<string, any>, policy: string, values: any[]}} Case */

const WIDGETS = "#stickyboard/page/widgets/";
const MAX_MS = 1000; // for one drawing, on a busy machine
const ALERT = [{ at: 1, word: "high", level: "alert", side: "above" }];
const CHOICES = {
  scale: ["linear", "log"], smooth: [0, 0.6, 0.99], size: [1, 3, 12], flag: [true, false], format: [".3f", ",d", ".1%", "bytes", "duration"],
};

/** @type {Record<string, Record<string, any[]>>} the choices for each option */
const OPTIONS = {
  alert_banner: {},
  bars: { label: ["name"], value: ["number", "map"], interval: ["pair", undefined], detail: ["note", ["note", "map"]], thresholds: [ALERT, []], format: CHOICES.format },
  feed: { text: ["{name}: {number}", "{map}", "{"], title_field: ["name"], level: ["name", "flag"] },
  heatmap: { row: ["name", "number"], value: ["number"], flag: ["flag", undefined], cells: CHOICES.size, detail: [["name", "map"]] },
  histogram: { values: ["list", "number", "edges"], series: ["name", undefined], max_bins: CHOICES.size },
  image: { source: ["name", "image"], caption: ["note"], label: ["name"], strip: CHOICES.size },
  lines: { y: ["map", "number", ["number", "other"]], series: ["name", undefined], x: ["number", "@time", "@step"], smooth: CHOICES.smooth, y_scale: CHOICES.scale },
  matrix: { row: ["name"], column: ["number", "note"], category: ["name"], compare_to: ["note", undefined], shares: ["map", undefined] },
  number: { value: ["number"], label: ["name", undefined], target: ["other", 5], thresholds: [ALERT], format: CHOICES.format },
  progress: { value: ["number"], max: [10, "other"], label: ["name"], remaining: ["other", undefined], started: ["other", undefined] },
  run_list: {},
  scatter: { x: ["number", "points"], y: ["other", "points"], category: ["name", undefined] },
  share: { value: ["map"], top: CHOICES.size },
  table: { columns: [["name", "map"], [{ field: "number", best: "max", bar: "log", format: "bytes" }]], filter: CHOICES.flag, sort: ["-number", "name", undefined] },
  text: { body: ["name", "note"], format: ["markdown", "plain"] },
  timeline: { lane: ["name"], state: ["note", "flag"], since: ["@time", "other"] },
};
const KINDS = Object.keys(OPTIONS);
const NAMES = ["", " ", "a", "b", "constructor", "__proto__", "toString", "n".repeat(300), "שלום", "👩‍👩‍👧", "a\u202eb", "<b>", "# x\n- [y](javascript:z)", "{name}", "\u0000"];
const NUMBERS = [0, -0, 1, -1, 0.5, 5e-324, 1e-300, 1e16, 2 ** 53 - 1, -1.7e308, 1.7e308, 1.79e308];
const OTHERS = [null, true, "12", [], [[]], [null, "x"], {}, { a: { b: 1 } }, [[1, 2], [3, null]], "data:image/png;base64,iVBORw0KGgo="];

/** @param {() => number} random @template T @param {T[]} from @returns {T} */
const pick = (random, from) => from[Math.floor(random() * from.length)];

/** @param {() => number} random */
function numberFrom(random) {
  return random() < 0.5 ? pick(random, NUMBERS) : (random() - 0.5) * 10 ** Math.floor(random() * 20);
}

/** @param {() => number} random */
function nameFrom(random) {
  return random() < 0.7 ? pick(random, NAMES) : String.fromCodePoint(...Array.from({ length: 1 + random() * 8 }, () => Math.floor(random() * 0xd7ff)));
}

/** @param {() => number} random @param {(random: () => number) => any} part @returns {any[]} */
const listFrom = (random, part) => Array.from({ length: Math.floor(random() ** 3 * 40) }, () => part(random));

/** @param {() => number} random @returns {any} an event whose fields mostly have the right type */
function eventFrom(random) {
  /** @type {Record<string, (random: () => number) => any>} */
  const fields = {
    name: nameFrom, note: nameFrom, number: numberFrom, other: numberFrom, flag: () => random() < 0.5, image: nameFrom,
    list: () => listFrom(random, numberFrom), edges: () => listFrom(random, numberFrom).sort((a, b) => a - b),
    pair: () => [numberFrom(random), numberFrom(random)], points: () => listFrom(random, () => [numberFrom(random), numberFrom(random)]),
    map: () => Object.fromEntries(listFrom(random, nameFrom).map((name) => [name, numberFrom(random)])),
  };
  if (random() < 0.02) return pick(random, OTHERS);
  const entries = Object.entries(fields).filter(() => random() < 0.95);
  return Object.fromEntries(entries.map(([name, from]) => [name, random() < 0.1 ? pick(random, OTHERS) : from(random)]));
}

/** @param {() => number} random @returns {Case} */
export function caseFrom(random) {
  const kind = pick(random, KINDS);
  const options = Object.entries(OPTIONS[kind]).map(([name, from]) => [name, pick(random, from)]).filter(([, value]) => value !== undefined);
  const values = Array.from({ length: Math.floor(random() ** 2 * 60) }, () => eventFrom(random));
  // As they come over the wire: no undefined, no -0 that JSON does not have.
  return JSON.parse(JSON.stringify({ kind, options: Object.fromEntries(options), policy: pick(random, ["last_value", "ring", "course", "snapshot"]), values }));
}

/** @param {any} thing @returns {string} every text in it */
function texts(thing) {
  if (typeof thing === "string") return thing;
  if (typeof thing !== "object" || thing === null || ArrayBuffer.isView(thing)) return "";
  return [...(thing instanceof Map ? thing : Object.values(thing))].map((each) => texts(each)).join("\n");
}

/** Draw a case; throw if that fails, takes long, or yields what cannot be painted. @param {Case} found */
export async function check({ kind, options, policy, values }) {
  const { widget } = await import(`${WIDGETS}${kind}.js`);
  const view = viewOf({ a: values });
  const context = { ...contextOf("a"), options: {}, nowS: 200 };
  Object.assign(context.eventTypes[0], { policy });
  const startedMs = performance.now();
  const drawn = widget(options);
  const [model, table] = [drawn.model(view, context), drawn.table?.(view, context)];
  assert.ok(performance.now() - startedMs < MAX_MS, `${kind} took ${performance.now() - startedMs} ms`);
  isPlainData(model, kind);
  assert.doesNotMatch(texts([model, table]), /\b(NaN|undefined|Infinity)\b/, kind);
  for (const row of table?.rows ?? []) {
    assert.equal(row.length, table.columns.length, kind);
    for (const cell of row) assert.ok(cell === null || ["string", "number", "boolean"].includes(typeof cell), `${kind}: a cell is ${typeof cell}`);
  }
}
