// @ts-check
/** What a scene does not show: one sentence, with the numbers, for all scenes. */

import { make, setText } from "./dom.js";
import { countText, plural } from "./format.js";
import { isolated } from "./text.js";

const MOST_NAMES = 12;

/**
 * @param {number} shown
 * @param {number} all
 * @param {string} one @param {string} [many]
 * @returns {string} "64 of 300 models", or "" where all are shown
 */
export function partOf(shown, all, one, many) {
  return shown < all ? `${countText(shown)} of ${plural(all, one, many)}` : "";
}

/**
 * @param {string[]} parts what `partOf` says
 * @param {string} how to see the rest, as a sentence
 * @returns {string} "Shown: 12 of 15 episodes, 40 of 80 windows. The table has all.", or ""
 */
export function hiddenText(parts, how) {
  const hidden = parts.filter(Boolean);
  return hidden.length === 0 ? "" : `Shown: ${hidden.join(", ")}. ${how}`;
}

/** @param {string[]} names @returns {string} "a, b", of very many the first and how many follow */
export function namesText(names) {
  const listed = names.slice(0, MOST_NAMES).map(isolated).join(", ");
  return names.length > MOST_NAMES ? `${listed} and ${countText(names.length - MOST_NAMES)} more` : listed;
}

/**
 * @param {import("./view.js").View} view
 * @param {import("./view.js").EventType[]} eventTypes
 * @returns {string} that no more can be stored of them, where that is so
 */
export function limitText(view, eventTypes) {
  const reached = eventTypes.flatMap(({ name, maxKeys, maxLanes }) => [
    limitOf(view.entries(name).length, maxKeys, "max_keys", "entry", "entries"),
    maxLanes ? limitOf(new Set(view.entries(name).map(({ lane }) => lane)).size, maxLanes, "max_lanes", "lane") : "",
  ]);
  return reached.filter(Boolean).join(" ");
}

/**
 * @param {number} count @param {number | null | undefined} most
 * @param {string} setting @param {string} one @param {string} [many]
 */
function limitOf(count, most, setting, one, many) {
  // Of what has one entry only, as a snapshot, the next one takes its place on purpose.
  if (!most || most === 1 || count < most) return "";
  return `The limit of ${plural(most, one, many)} (${setting}) is reached: a new one replaces the oldest.`;
}

/** @type {WeakMap<HTMLElement, HTMLElement>} */
const notes = new WeakMap();

/** @param {HTMLElement} element of a scene, whose last line this is @param {(string | void)[]} sentences what is hidden */
export function paintHidden(element, sentences) {
  const text = sentences.filter(Boolean).join(" ");
  const note = notes.get(element) ?? (text ? make("p", "scene-hidden") : null);
  if (note === null) return;
  notes.set(element, note);
  if (note.parentElement !== element) element.append(note);
  note.hidden = text === "";
  setText(note, text);
}
