// @ts-check
/** Which colour and mark a name has. Pure; the colours themselves are custom properties of the CSS. */

import { byName } from "./format.js";

export const KNOWN_MODELS = ["gbt", "mlp", "cnn", "knn", "knn_semi", "gru", "lstm", "bert"];
export const SERIES_COLOURS = 8;
export const MARKS = ["●", "■", "▲", "◆", "▼", "✚", "✖", "★"];

/**
 * @param {string} model
 * @returns {{from: string, to: string}} CSS colours; for a name that is not known, stable ones made
 *   from a hash of it
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

/** Names that differ little get hashes that differ much. @param {string} text @returns {number} 32 bits */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  // FNV-1a alone leaves "model-1" and "model-2" close together; murmur3's last step spreads them.
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
 * Give each name a colour and a mark; the pair differs for the first 64.
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
 * Give each name a letter of its own: its first, else the first of a later word, else any in it.
 * @param {Iterable<string>} names
 * @returns {Map<string, string>} in the order of names; beyond the letters there are, numbers
 */
export function lettersOf(names) {
  const letters = new Map();
  const taken = new Set();
  for (const name of [...new Set(names)].sort(byName)) {
    const initials = name.split(/[^\p{L}\p{N}]+/u).map((word) => [...word][0] ?? "");
    const wished = [...initials, ...name].filter((sign) => /[\p{L}\p{N}]/u.test(sign)).map(upperCase);
    const letter = wished.find((sign) => !taken.has(sign)) ?? String(taken.size + 1);
    taken.add(letter);
    letters.set(name, letter);
  }
  return letters;
}

/** @param {string} sign "ß" stays one sign, where toUpperCase makes two of it */
function upperCase(sign) {
  const upper = sign.toUpperCase();
  return [...upper].length === 1 ? upper : sign;
}
