// @ts-check
/** Alerts of runs, until they expire or are dismissed in this browser. */

import { ageText } from "../ages.js";
import { addParts, makeRow, once, paintRows, repaintIn, requestPaint, setAttribute, setText, setTexts } from "../dom.js";
import { plural } from "../format.js";
import { loadSetting, saveSetting } from "../storage.js";
import { cellIn } from "../table_model.js";
import { isolated } from "../safe_text.js";
import { stampText } from "../times.js";
import { entriesOf } from "../view.js";

const SETTING = "alerts.dismissed";
const MAX_DISMISSED = 500;
const MAX_SHOWN = 4;
const WORDS = { info: "Note", warn: "Warning", alert: "Alert" };

/**
 * @typedef {keyof typeof WORDS} Level
 * @typedef {{key: string, level: Level, title: string, detail: string, at: number, until: number}} Banner
 * @typedef {{shown: Banner[], more: number, all: string[], nowS: number, nextS: number, isEmpty: boolean,
 *   alerts: Alert[]}} Model `nextS` is when the next one expires
 */

/** @returns {Widget} */
export function widget() {
  return { empty: { text: "No alert." }, model: (view, context) => modelOf(view, context, dismissed()), table, paint };
}

/** @param {View} view @param {Context} context @param {Set<string>} hidden keys @returns {Model} the newest first */
export function modelOf(view, context, hidden) {
  const nowS = context.nowS ?? 0;
  const banners = entriesOf(view, context).map(bannerOf).filter(({ key, until }) => until > nowS && !hidden.has(key)).reverse();
  return {
    shown: banners.slice(0, MAX_SHOWN), more: Math.max(0, banners.length - MAX_SHOWN), all: banners.map(({ key }) => key), nowS,
    nextS: Math.min(...banners.map(({ until }) => until)), isEmpty: banners.length === 0,
    alerts: banners.flatMap(({ level, title }) => (level === "info" ? [] : [{ level, text: title }])),
  };
}

/** @param {Entry} entry @returns {Banner} */
function bannerOf({ key, at, value }) {
  const { level, title, text, run, until } = value ?? {};
  return {
    key, at, level: Object.hasOwn(WORDS, level ?? "") ? level : "alert", title: String(title ?? ""), until: Number(until ?? Infinity),
    detail: [text, run].filter((part) => typeof part === "string" && part !== "").map((part) => isolated(part)).join(" · "),
  };
}

/** @returns {Set<string>} the keys that were dismissed in this browser */
function dismissed() {
  try {
    return new Set(JSON.parse(loadSetting(SETTING) ?? "[]"));
  } catch {
    return new Set();
  }
}

/** @param {Element} element of the scene @param {string[]} keys */
function dismiss(element, keys) {
  saveSetting(SETTING, JSON.stringify([...dismissed(), ...keys].slice(-MAX_DISMISSED)));
  requestPaint(element);
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, { shown, more, all, nowS, nextS }) {
  const parts = once(element, build);
  const { list, rest, note } = parts;
  parts.all = all;
  paintRows(list, shown, ({ key }) => key, createBanner, (painted, banner) => paintBanner(painted, banner, nowS));
  rest.hidden = more === 0;
  setText(note, `and ${plural(more, "more", "more")}`);
  // The age of each is written, too.
  repaintIn(element, Math.max(100, Math.min(60_000, (nextS - nowS) * 1000)));
}

/** @param {HTMLElement} element */
function build(element) {
  const built = addParts(element, { list: "ul.banners", rest: "p.banner-rest", note: "rest > span", button: "rest > button.text-button[type=button] Dismiss all" });
  const parts = { ...built, all: /** @type {string[]} */ ([]) };
  parts.button.addEventListener("click", () => dismiss(element, parts.all));
  return parts;
}

function createBanner() {
  const parts = makeRow("li.banner", {
    word: "span.banner-word", title: "strong.banner-title", detail: "span.banner-detail", age: "span.banner-age", button: "button.text-button[type=button] Dismiss",
  });
  const row = { ...parts, key: "" };
  row.button.addEventListener("click", () => dismiss(row.element, [row.key]));
  return row;
}

/** @param {ReturnType<typeof createBanner>} row @param {Banner} banner @param {number} nowS */
function paintBanner(row, banner, nowS) {
  const { level, title, detail, at } = banner;
  row.key = banner.key;
  setAttribute(row.element, "data-level", level);
  setTexts(row, { word: WORDS[level], title, detail, age: ageText(Math.max(0, nowS - at)) });
  setAttribute(row.detail, "title", detail);
  setAttribute(row.button, "aria-label", `Dismiss ${title}`);
}

/** @param {View} view @param {Context} context @returns {Table} also those that are not displayed */
function table(view, context) {
  const fields = ["level", "title", "text", "run"];
  const rows = entriesOf(view, context).reverse().map(({ at, value }) => [stampText(at), ...fields.map((name) => cellIn(value?.[name]))]);
  return { columns: ["time", ...fields], rows };
}
