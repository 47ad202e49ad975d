// @ts-check
/** The strip at the top: counts, hosts, phases and the newest episodes. */

import { make, once, paintRows, setAttribute, setName, setStyle, setText } from "../dom.js";
import { byName, bytesText, countText, hostLabels, percentText, plural } from "../format.js";
import { visibleRowsIn } from "../computed_style.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { isolated } from "../text.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No totals yet." };

export const HOSTS = 6;
export const RECENT = 4;
export const PHASES = 6;
const MIN_DIGITS = 7; // "999,999"

/**
 * @typedef {{text: string, share: number, value: string, property: string}} Item
 * @typedef {{kind: "number" | "bars" | "mix" | "list", name: string, title: string, text: string, items: Item[], all: number}} Tile `all` is the number of items before the cut
 */

/** @typedef {{kind: Tile["kind"], read: (values: any[]) => {text?: string, items?: Item[], all?: number}}} TileLine */

/** @type {Map<string, TileLine>} */
const TILES = new Map(
  /** @type {[string, TileLine][]} */ ([
    ["total_alerts", { kind: "number", read: ([value]) => ({ text: countText(value.alerts) }) }],
    ["total_bytes", { kind: "number", read: ([value]) => ({ text: bytesText(value.bytes) }) }],
    ["total_episodes", { kind: "number", read: ([value]) => ({ text: countText(value.episodes) }) }],
    ["host_counts", { kind: "bars", read: ([value]) => readHosts(value.counts) }],
    ["phase_mix", { kind: "mix", read: ([value]) => readPhases(value.shares) }],
    ["recent_episodes", { kind: "list", read: readEpisodes }],
  ]),
);

/** @type {TileLine} */
const ANY_TILE = { kind: "number", read: (values) => ({ text: firstNumber(values.at(-1)) }) };

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{tiles: Tile[]}} numbers first
 */
export function model(view, context) {
  const tiles = context.eventTypes.map(({ name, title }) => tileOf(name, title, view.entries(name)));
  return { tiles: [...tiles.filter(isNumber), ...tiles.filter((tile) => !isNumber(tile))] };
}

/** @param {Tile} tile */
function isNumber({ kind }) {
  return kind === "number";
}

/** @param {string} name @param {string} title @param {import("../view.js").Entry[]} entries @returns {Tile} */
function tileOf(name, title, entries) {
  const { kind, read } = TILES.get(name) ?? ANY_TILE;
  if (entries.length === 0) return { kind, name, title, text: "–", items: [], all: 0 };
  return { kind, name, title, text: "", items: [], all: 0, ...read(entries.map(({ value }) => value)) };
}

/** @param {object} value */
function firstNumber(value) {
  const number = Object.values(value).find((field) => typeof field === "number");
  return number === undefined ? "–" : countText(number);
}

/** @param {Record<string, number>} counts */
function readHosts(counts) {
  const hosts = Object.entries(counts).sort(([a, x], [b, y]) => y - x || byName(a, b));
  const most = hosts[0]?.[1] || 1;
  const labelOf = hostLabels(Object.keys(counts));
  const items = hosts.slice(0, HOSTS).map(([host, count]) => item(labelOf(host), count / most, countText(count)));
  return { text: moreText(hosts.length - items.length), items, all: hosts.length };
}

/** @param {Record<string, number>} shares */
function readPhases(shares) {
  // Rounded shares may add up to more than 1, and the bar must not overflow.
  const whole = Math.max(1, Object.values(shares).reduce((sum, share) => sum + share, 0));
  const items = [...seriesOf(Object.keys(shares))].map(([text, { colour }]) =>
    item(text, shares[text] / whole, percentText(shares[text]), seriesProperty(colour)),
  );
  // The smallest ones are left out. The rest is not sorted by size, so that names do not move.
  const least = items.map(({ share }) => share).sort((a, b) => b - a)[PHASES - 1] ?? 0;
  const shown = items.filter(({ share }) => share >= least).slice(0, PHASES);
  return { text: moreText(items.length - shown.length), items: shown, all: items.length };
}

/** @param {any[]} values */
function readEpisodes(values) {
  const items = episodeItems(values);
  return { text: moreText(values.length - items.length), items, all: values.length };
}

/** @param {any[]} values */
function episodeItems(values) {
  return values.slice(-RECENT).reverse().map(({ episode_id, host_id, label, windows, alerts }) => {
    // Most episode names contain the host; repeating it would take room from the name.
    const host = episode_id.includes(host_id) ? [] : [host_id];
    return item(episode_id, 0, [...host.map(isolated), isolated(label), `${plural(alerts, "alert")} in ${countText(windows)}`].join(" · "));
  });
}

/** @param {string} text @param {number} share @param {string} value @param {string} [property] @returns {Item} */
function item(text, share, value, property = "--accent") {
  return { text, share, value, property };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every number of every entry
 */
export function table(view, context) {
  const rows = context.eventTypes.flatMap(({ name, title }) =>
    view.entries(name).flatMap(({ value }) => numbersOf(value).map(([of, number]) => [title, of, number])),
  );
  return { columns: ["total", "of", "value"], rows };
}

/**
 * @param {Record<string, unknown>} value
 * @returns {[string, number][]} its numbers, each with a label made of the value's texts and the field's name
 */
function numbersOf({ type: _, ...fields }) {
  const texts = Object.values(fields).filter((field) => typeof field === "string");
  const named = Object.entries(fields).flatMap(([name, field]) => (isObject(field) ? Object.entries(field) : [[name, field]]));
  return named.flatMap(([name, field]) => (typeof field === "number" ? [[[...texts, name].join(" · "), field]] : []));
}

/** @param {unknown} field @returns {field is object} */
function isObject(field) {
  return typeof field === "object" && field !== null;
}

/**
 * @param {Pick<Item, "text" | "share" | "property">[]} items
 * @returns {{text: string, property: string, clip: string}[]} the part of a bar for each item, a pixel apart
 */
export function partsOf(items) {
  let start = 0;
  return items.map(({ text, share, property }) => {
    const [left, right] = [start, 1 - start - share].map((side) => `${(side * 100).toFixed(1)}%`);
    start += share;
    return { text, property, clip: `inset(0 calc(${right} + 1px) 0 ${left})` };
  });
}

/** @param {HTMLElement} element @param {{tiles: Tile[]}} model */
export function paint(element, { tiles }) {
  const { strip } = once(element, build);
  const numbers = tiles.filter(isNumber).map(({ text }) => text.length);
  setStyle(strip, "--digits", String(Math.max(MIN_DIGITS, ...numbers)));
  paintRows(strip, tiles, (tile) => tile.name, createTile, (painted, tile) => paintTile(painted, tile, element));
}

/** @param {HTMLElement} element */
function build(element) {
  const strip = make("div", "tiles");
  element.append(strip);
  return { strip };
}

function createTile() {
  const element = make("div", "tile");
  const [title, mix, list, text] = [make("h3", "tile-title"), make("div", "mix"), make("ul", "tile-items"), make("p", "tile-text")];
  element.append(title, mix, list, text);
  return { element, title, mix, list, text };
}

/** @param {ReturnType<typeof createTile>} painted @param {Tile} tile @param {HTMLElement} frame that may clip its items */
function paintTile(painted, tile, frame) {
  setAttribute(painted.element, "data-kind", tile.kind);
  setText(painted.title, tile.title);
  const parts = tile.kind === "mix" ? partsOf(tile.items) : [];
  paintRows(painted.mix, parts, ({ text }) => text, () => ({ element: make("div") }), ({ element }, part) => {
    setStyle(element, "clip-path", part.clip);
    setStyle(element, "background-color", `var(${part.property})`);
  });
  setStyle(painted.list, "--letters", String(Math.max(0, ...tile.items.map(({ text }) => text.length))));
  // Keyed by index, so that no element moves on the page when the order changes.
  paintRows(painted.list, tile.items, (_, index) => String(index), createItem, paintItem);
  const text = isNumber(tile) || tile.items.length === 0 ? tile.text : moreText(tile.all - visibleRowsIn(painted.list, () => painted.list.children, frame));
  setText(painted.text, text);
  setAttribute(painted.text, "title", text);
}

/** @param {number} more */
function moreText(more) {
  return more > 0 ? `+${countText(more)} more` : "";
}

function createItem() {
  const element = make("li", "tile-item");
  const [text, bar, value] = [make("span", "tile-item-text"), make("span", "tile-item-bar"), make("span", "tile-item-value")];
  element.append(bar, text, value);
  return { element, text, bar, value };
}

/** @param {ReturnType<typeof createItem>} painted @param {Item} item */
function paintItem({ element, text, bar, value }, item) {
  setName(text, item.text);
  setText(value, item.value);
  setAttribute(element, "title", `${isolated(item.text)}: ${item.value}`);
  setStyle(bar, "--share", item.share.toFixed(3));
  setStyle(bar, "--colour", `var(${item.property})`);
}
