// @ts-check
/** Assigns colours, marks and letters to names. The colours themselves are custom properties in CSS. */

import { byName } from "./format.js";

export const KNOWN_MODELS = ["gbt", "mlp", "cnn", "knn", "knn_semi", "gru", "lstm", "bert"];
export const SERIES_COLOURS = 8;
export const MARKS = ["●", "■", "▲", "◆", "▼", "✚", "✖", "★"];

/**
 * @param {string} model
 * @returns {{from: string, to: string}} CSS colours; those of an unknown name are derived from its hash
 */
export function gradientOf(model) {
  if (KNOWN_MODELS.includes(model)) return { from: `var(--model-${model}-from)`, to: `var(--model-${model}-to)` };
  const hue = hashOf(model) % 360;
  return { from: hueColour(hue, "from"), to: hueColour((hue + 40) % 360, "to") };
}

/** @param {number} hue @param {"from" | "to"} end */
function hueColour(hue, end) {
  return `hsl(${hue} var(--hash-saturation) var(--hash-lightness-${end}))`;
}

/** Hash a text so that similar texts have very different hashes. @param {string} text @returns {number} 32 bits */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  // FNV-1a alone leaves "model-1" and "model-2" close together; the final step of murmur3 spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Known models first, in the order of the palette. @param {string} a @param {string} b */
export function byModel(a, b) {
  return rankOf(a) - rankOf(b) || byName(a, b);
}

/** @param {string} model */
function rankOf(model) {
  const rank = KNOWN_MODELS.indexOf(model);
  return rank < 0 ? KNOWN_MODELS.length : rank;
}

/**
 * Assign a colour and a mark to each name; the first 64 pairs are distinct.
 * @param {Iterable<string>} names
 * @returns {Map<string, {colour: number, mark: number}>} in the order of names
 */
export function seriesOf(names) {
  const sorted = [...new Set(names)].sort(byName);
  return new Map(
    sorted.map((name, index) => {
      const colour = index % SERIES_COLOURS;
      return [name, { colour, mark: (colour + Math.floor(index / SERIES_COLOURS)) % MARKS.length }];
    }),
  );
}

/** @param {number} colour @returns {string} */
export function seriesProperty(colour) {
  return `--series-${colour + 1}`;
}

/**
 * Assign a distinct letter to each name: its first letter, that of a later word, or any other of its letters.
 * @param {Iterable<string>} names
 * @returns {Map<string, string>} in the order of names; a number if all its letters are taken
 */
export function lettersOf(names) {
  const letters = new Map();
  const used = new Set();
  for (const name of [...new Set(names)].sort(byName)) {
    const initials = name.split(/[^\p{L}\p{N}]+/u).map((word) => [...word][0] ?? "");
    const candidates = [...initials, ...name].filter((character) => /[\p{L}\p{N}]/u.test(character)).map(upperCase);
    const letter = candidates.find((character) => !used.has(character)) ?? String(used.size + 1);
    used.add(letter);
    letters.set(name, letter);
  }
  return letters;
}

/** @param {string} character returned as it is if its upper case has two characters, as that of "ß" */
function upperCase(character) {
  const upper = character.toUpperCase();
  return [...upper].length === 1 ? upper : character;
}
