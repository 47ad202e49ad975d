// @ts-check
/** The newest events as lines of text, the newest at the end. */

import { activeElementOf, addParts, announce, contentOf, make, makeRow, once, paintRows, requestPaintNow, setAttribute, setName, setText, setTexts } from "../dom.js";
import { valueAt } from "../fields.js";
import { countText, plural } from "../format.js";
import { hiddenText, moreText, partOf } from "../not_shown.js";
import { levelsOf, matching, newSince, rankOf } from "../log_lines.js";
import { elementsOf } from "../table_model.js";
import { fieldText, templateOf } from "../template.js";
import { clockText, dayText, secondsAt, stampText } from "../times.js";
import { computedStyleOf, visibleRowsIn } from "../computed_style.js";
import { remembered } from "../view.js";

/**
 * @typedef {import("../log_lines.js").Line} Line
 * @typedef {{text: string, title_field?: string, level?: string, time?: string, lines: number}} Options
 * @typedef {{lines: Line[], all: number, levels: string[], isTile: boolean}} Model oldest first
 */

const TILE_LINES = 12;
const AWAY_PX = 4;
const LEAST_LINES = 20; // that are on the page while the newest is followed
const LINE_EM = 1.2; // at most the height of a line
const SCREENS = 2; // of lines, so that the user can scroll

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  const lineOf = lineReader(options);
  return {
    empty: { text: "No lines yet." },
    model(view, context) {
      const all = linesIn(view, context, lineOf);
      const lines = all.slice(-options.lines);
      return { lines, all: all.length, levels: levelsOf(lines), isTile: context.isTile ?? false };
    },
    paint: (element, model) => (model.isTile ? paintTile(element, model) : paintLog(element, model)),
    table: (view, context) => tableOf(linesIn(view, context, lineOf), options),
  };
}

/** @typedef {(entry: Entry, type: string) => Line} LineReader */

/** @param {Options} options @returns {LineReader} */
function lineReader({ text, title_field, level, time }) {
  const textOf = templateOf(text);
  return remembered(({ value, revision, at }, type) => ({
    id: `${type} ${revision}`,
    atS: time ? secondsAt(value, time) : at,
    level: valueAt(value, level) == null ? "" : fieldText(valueAt(value, level)),
    title: title_field ? fieldText(valueAt(value, title_field)) : "",
    text: textOf(value),
  }));
}

/** @param {View} view @param {Context} context @param {LineReader} lineOf @returns {Line[]} oldest first */
function linesIn(view, { eventTypes }, lineOf) {
  const entries = eventTypes.flatMap(({ name }) => view.entries(name).map((entry) => ({ name, entry })));
  if (eventTypes.length > 1) entries.sort((a, b) => a.entry.at - b.entry.at);
  return entries.map(({ name, entry }) => lineOf(entry, name));
}

/** @param {Line[]} lines @param {Options} options @returns {Table} all lines */
function tableOf(lines, { level, title_field }) {
  const columns = ["time", ...(level ? ["level"] : []), ...(title_field ? ["title"] : []), "text"];
  const rows = lines.map(({ atS, ...line }) => [
    atS === null ? null : stampText(atS), ...(level ? [line.level] : []), ...(title_field ? [line.title] : []), line.text,
  ]);
  return { columns, rows };
}

/** @param {HTMLElement} element @param {Model} model */
function paintLog(element, { lines, all, levels }) {
  const parts = once(element, build);
  const { log, list, filter, older } = parts;
  // While the user reads older lines, they stay, and new ones are only counted. A cleared history is shown at once.
  if (!older.isShown || (lines.at(-1)?.atS ?? 0) < (older.lines.at(-1)?.atS ?? 0)) older.lines = lines;
  const shown = matching(older.lines, filter);
  const newestDay = dayText(shown.at(-1)?.atS ?? null);
  const built = older.isShown ? shown : shown.slice(-followedOf(computedStyleOf(log)));
  parts.elements = elementsOf(built.map(({ id }) => id), parts.elements);
  paintRows(list, built, ({ id }) => String(parts.elements.get(id)), createLine, (row, line) => paintLine(row, line, newestDay));
  paintTools(parts, levels, shown.length, older.lines.length);
  const fresh = matching(newSince(lines, older.lines), filter).length;
  parts.more.hidden = fresh === 0;
  setText(parts.more, `${plural(fresh, "new line")} ↓`);
  announceNew(log, newSince(lines, parts.announced), parts.announced.length > 0);
  parts.announced = lines;
  return hiddenText([partOf(lines.length, all, "line")], "The table has all.");
}

/**
 * Return how many lines are on the page while the newest is followed: a new line moves all others, and each costs time.
 * @param {{height: number, emPx: number}} log
 */
export function followedOf({ height, emPx }) {
  return Math.max(LEAST_LINES, SCREENS * Math.ceil(height / (LINE_EM * emPx)));
}

/**
 * Announce new lines while the log has the focus. Otherwise, a fast log would silence everything else.
 * @param {HTMLElement} log @param {Line[]} fresh @param {boolean} isLater
 */
function announceNew(log, fresh, isLater) {
  if (!isLater || fresh.length === 0 || activeElementOf(log) !== log) return;
  const { level, title, text } = fresh[fresh.length - 1];
  announce(log, `${plural(fresh.length, "new line")}: ${[level, title, text].filter(Boolean).join(" ")}`);
}

/** @param {ReturnType<typeof build>} parts @param {string[]} levels @param {number} shown @param {number} all */
function paintTools({ tools, choice, count, filter }, levels, shown, all) {
  // A level that no line has any more remains selectable while it is selected.
  const words = filter.level && !levels.includes(filter.level) ? [...levels, filter.level] : levels;
  choice.hidden = words.length === 0;
  paintRows(choice, ["", ...words], (word) => word, () => ({ element: make("option") }), ({ element }, word) => {
    setAttribute(element, "value", word);
    setText(element, word === "" ? "All levels" : rankOf(word) < 0 || word === words.at(-1) ? word : `${word} and above`);
  });
  setText(count, shown < all ? `${countText(shown)} of ${plural(all, "line")}` : plural(all, "line"));
  tools.classList.toggle("is-filtered", shown < all);
}

/** @param {HTMLElement} element */
function build(element) {
  const built = addParts(element, {
    feed: "div.feed",
    tools: "feed > div.feed-tools[data-no-picture]",
    choice: "tools > select.feed-level[aria-label=Filter the lines by level]",
    search: "tools > input.feed-search[type=search][placeholder=Filter][maxlength=200][aria-label=Filter the lines by text]",
    count: "tools > span.feed-count",
    frame: "feed > div.feed-frame",
    // Its own announcements (announceNew) replace those of the role, which would read every line.
    log: "frame > div.feed-log[tabindex=0][role=log][aria-live=off][aria-label=Lines, the newest at the end]",
    list: "log > div.feed-lines",
    more: "frame > button.feed-more[type=button][data-no-picture]",
  });
  const parts = {
    ...built,
    filter: { level: "", text: "" },
    older: { isShown: false, lines: /** @type {Line[]} */ ([]) },
    announced: /** @type {Line[]} */ ([]),
    elements: /** @type {Map<string, number>} */ (new Map()),
  };
  listen(parts);
  return parts;
}

/** @param {{choice: HTMLSelectElement, search: HTMLInputElement, log: HTMLElement, more: HTMLElement, filter: {level: string, text: string}, older: {isShown: boolean}}} parts */
function listen({ choice, search, log, more, filter, older }) {
  const toEnd = () => {
    log.scrollTop = 0; // its end, because the log is laid out from its end
    older.isShown = false;
    requestPaintNow(log);
  };
  const changed = () => {
    Object.assign(filter, { level: choice.value, text: search.value.trim() });
    toEnd();
  };
  choice.addEventListener("change", changed);
  search.addEventListener("input", changed);
  more.addEventListener("click", () => {
    toEnd();
    log.focus();
  });
  log.addEventListener("scroll", () => {
    const isAway = log.scrollTop < -AWAY_PX;
    if (isAway === older.isShown) return;
    older.isShown = isAway;
    requestPaintNow(log); // the older lines are above
  });
}

function createLine() {
  const parts = makeRow("div.feed-line", {
    time: "time.feed-time", level: "span.feed-word", text: "span.feed-text", title: "text > b.feed-title", rest: "text > span",
  });
  return { ...parts, line: /** @type {Line | null} */ (null), day: "" };
}

/** @param {ReturnType<typeof createLine>} row @param {Line} line @param {string} newestDay */
function paintLine(row, line, newestDay) {
  if (row.line === line && row.day === newestDay) return;
  Object.assign(row, { line, day: newestDay });
  const day = dayText(line.atS);
  setText(row.time, `${day === newestDay ? "" : `${day} `}${clockText(line.atS)}`);
  if (line.atS !== null) setAttribute(row.time, "datetime", stampText(line.atS));
  setAttribute(row.element, "data-rank", String(rankOf(line.level)));
  setTexts(row, { level: line.level, title: line.title, rest: line.text });
}

/** @param {HTMLElement} element @param {Model} model @returns {string} */
function paintTile(element, { lines, all }) {
  const list = contentOf(element, "ul.feed-tile");
  // Keyed by index, so that no element moves on the page when a line comes.
  paintRows(list, lines.slice(-TILE_LINES).reverse(), (_, index) => String(index), createTileLine, (row, { title, level, text }) => {
    if (title) setName(row.title, title);
    row.title.hidden = title === "";
    setTexts(row, { level, text });
    setAttribute(row.element, "data-rank", String(rankOf(level)));
    setAttribute(row.element, "title", [level, title, text].filter(Boolean).join(" "));
  });
  return moreText(visibleRowsIn(list, element), all);
}

const createTileLine = () => makeRow("li.feed-tile-line", { title: "span.feed-title", level: "span.feed-word", text: "span.feed-text" });
