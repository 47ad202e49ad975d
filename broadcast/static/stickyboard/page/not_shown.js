// @ts-check
/** The sentence about what a scene does not show, with the numbers, for all scenes. */

import { visibleRowsIn } from "./computed_style.js";
import { make, setText } from "./dom.js";
import { countText, plural } from "./format.js";
import { isolated } from "./safe_text.js";

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

/** @param {number} count @returns {string} "2 entries without a number.", or "" */
export function withoutNumberText(count) {
  return count > 0 ? `${plural(count, "entry", "entries")} without a number.` : "";
}

/** @param {number} shown @param {number} all @returns {string} the same where there is little room: "+3 more", or "" */
export function moreText(shown, all) {
  return shown < all ? `+${countText(all - shown)} more` : "";
}

/**
 * @param {HTMLElement} list scrolls, except in a tile @param {number} drawn rows of the list @param {number} all @param {string} one
 * @param {boolean} isTile @returns {string} what the list does not show
 */
export function hiddenRows(list, drawn, all, one, isTile) {
  const visible = Math.min(drawn, visibleRowsIn(list));
  return isTile ? moreText(visible, all) : hiddenText([partOf(visible, all, one)], drawn < all ? "The table has all." : "Scroll for the rest.");
}

/** @param {string[]} names @returns {string} "a, b"; of very many, the first ones and "and 3 more" */
export function namesText(names) {
  const listed = names.slice(0, MAX_NAMES).map(isolated).join(", ");
  return names.length > MAX_NAMES ? `${listed} and ${countText(names.length - MAX_NAMES)} more` : listed;
}

/**
 * @param {import("./filter.js").Source} shown
 * @param {import("./filter.js").Source} all
 * @param {EventType[]} eventTypes
 * @returns {string} "12 of 340 entries match the filter; it does not apply to 5 others.", or "" if it hides none
 */
export function filteredText(shown, all, eventTypes) {
  if (shown === all) return "";
  const sumOf = (/** @type {(type: string) => number} */ count) => eventTypes.reduce((sum, { name }) => sum + count(name), 0);
  const unfiltered = sumOf((name) => shown.unfiltered?.(name) ?? 0);
  const every = sumOf((name) => all.count(name)) - unfiltered;
  const part = partOf(sumOf(shown.count) - unfiltered, every, "entry", "entries");
  const others = unfiltered > 0 ? `; it does not apply to ${plural(unfiltered, "other")}` : "";
  return part && `${part} ${every === 1 ? "matches" : "match"} the filter${others}.`;
}

/**
 * @param {Pick<import("../mirror.js").Mirror, "count" | "laneCount" | "dropped">} view the mirror
 * @param {EventType[]} eventTypes of a scene
 * @returns {string} a sentence for each event type of which the store has dropped entries or lanes
 */
export function droppedText(view, eventTypes) {
  const types = eventTypes.filter(({ name }) => view.dropped(name) > 0);
  return types.map(({ name, title, maxLanes }) => {
    const stored = maxLanes ? plural(view.laneCount(name), "lane") : plural(view.count(name), "entry", "entries");
    const bound = maxLanes ? "max_lanes" : "max_keys";
    const of = eventTypes.length > 1 ? `${isolated(title)}: ` : "";
    return `${of}${stored} stored, ${countText(view.dropped(name))} dropped by ${bound}; raise it for more.`;
  }).join(" ");
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
