// @ts-check
/** The sentence about what a scene does not show, with the numbers, for all scenes. */

import { make, setText } from "./dom.js";
import { countText, plural } from "./format.js";
import { isolated } from "./text.js";

const MAX_NAMES = 12;

/**
 * @param {number} shown
 * @param {number} all
 * @param {string} one @param {string} [many]
 * @returns {string} "64 of 300 models", or "" if all are shown
 */
export function partOf(shown, all, one, many) {
  return shown < all ? `${countText(shown)} of ${plural(all, one, many)}` : "";
}

/**
 * @param {string[]} parts results of `partOf`
 * @param {string} how a sentence on how to see the rest
 * @returns {string} "Showing 12 of 15 episodes, 40 of 80 windows. The table has all.", or ""
 */
export function hiddenText(parts, how) {
  const hidden = parts.filter(Boolean);
  return hidden.length === 0 ? "" : `Showing ${hidden.join(", ")}. ${how}`;
}

/** @param {string[]} names @returns {string} "a, b"; of very many, the first ones and "and 3 more" */
export function namesText(names) {
  const listed = names.slice(0, MAX_NAMES).map(isolated).join(", ");
  return names.length > MAX_NAMES ? `${listed} and ${countText(names.length - MAX_NAMES)} more` : listed;
}

/**
 * @param {import("./filter.js").Source} shown
 * @param {import("./filter.js").Source} all
 * @param {import("./view.js").EventType[]} eventTypes
 * @returns {string} "12 of 340 entries match the filter.", or "" if all do
 */
export function filteredText(shown, all, eventTypes) {
  if (shown === all) return "";
  const [some, every] = [shown, all].map((source) => eventTypes.reduce((sum, { name }) => sum + source.count(name), 0));
  return some < every ? `${partOf(some, every, "entry", "entries")} match the filter.` : "";
}

/**
 * @param {{count: (type: string) => number, laneCount: (type: string) => number}} view the mirror
 * @param {import("./view.js").EventType[]} eventTypes
 * @returns {string} a sentence for each limit of the store that is reached
 */
export function limitText(view, eventTypes) {
  const reached = eventTypes.flatMap(({ name, maxKeys, maxLanes }) => [
    limitOf(view.count(name), maxKeys, "max_keys", "entry", "entries"),
    maxLanes ? limitOf(view.laneCount(name), maxLanes, "max_lanes", "lane") : "",
  ]);
  return reached.filter(Boolean).join(" ");
}

/**
 * @param {number} count @param {number | null | undefined} most
 * @param {string} setting @param {string} one @param {string} [many]
 */
function limitOf(count, most, setting, one, many) {
  // A keyspace with a single entry, such as a snapshot, replaces it on purpose.
  if (!most || most === 1 || count < most) return "";
  return `The limit of ${plural(most, one, many)} (${setting}) is reached: new entries replace the oldest.`;
}

/** @type {WeakMap<HTMLElement, HTMLElement>} */
const notes = new WeakMap();

/** Write the sentences below a scene. @param {HTMLElement} element of the scene @param {(string | void)[]} sentences */
export function paintHidden(element, sentences) {
  const text = sentences.filter(Boolean).join(" ");
  const note = notes.get(element) ?? (text ? make("p", "scene-hidden") : null);
  if (note === null) return;
  notes.set(element, note);
  if (note.parentElement !== element) element.append(note);
  note.hidden = text === "";
  setText(note, text);
}
