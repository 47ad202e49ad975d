// @ts-check
/** Assigns colours, marks and letters to names. The colours themselves are custom properties in CSS. */

import { byName } from "./format.js";

export const SERIES_COLOURS = 12;
export const MARKS = ["●", "■", "▲", "◆", "▼", "✚", "✖", "★"];
const MAX_NAMES = 10_000; // the colours of later names may differ between scenes

/** @typedef {{colour: number, mark: number}} Series */

/** Colours and marks of the names that have occurred on this page. @type {Map<string, Series>} */
const known = new Map();
/** How many known names have each colour. @type {number[]} */
let uses = [];

/** Forget all names, and fix the colours of some. @param {Record<string, number>} [colours] of the board, by name; 1 is `--series-1` */
export function useColours(colours = {}) {
  known.clear();
  uses = Array(SERIES_COLOURS).fill(0);
  for (const [name, number] of Object.entries(colours)) remember(name, number - 1);
}

/**
 * Return the colour and the mark of each name, which are the same in all scenes of the page.
 *
 * Of the names of one call that are new to the page, the first 12 have distinct colours, and 96 have distinct pairs.
 * @param {Iterable<string>} names
 * @returns {Map<string, Series>} in the order of names
 */
export function seriesOf(names) {
  const sorted = [...new Set(names)].sort((a, b) => byName(a, b) || (a < b ? -1 : 1));
  const inScene = Array(SERIES_COLOURS).fill(0);
  for (const name of sorted) {
    const series = known.get(name);
    if (series) inScene[series.colour] += 1;
  }
  return new Map(sorted.map((name) => [name, known.get(name) ?? remember(name, freeColour(inScene))]));
}

/** @param {string} name @param {number} colour @returns {Series} */
function remember(name, colour) {
  const series = { colour, mark: (colour + uses[colour]) % MARKS.length };
  uses[colour] += 1;
  if (known.size < MAX_NAMES) known.set(name, series);
  return series;
}

/**
 * Choose the colour that is rarest in the scene, then on the page; of equal ones, the first of the palette.
 * @param {number[]} inScene how many of the scene's names have each colour; counts the new name, too
 */
function freeColour(inScene) {
  let best = 0;
  for (let colour = 1; colour < SERIES_COLOURS; colour += 1) {
    if ((inScene[colour] - inScene[best] || uses[colour] - uses[best]) < 0) best = colour;
  }
  inScene[best] += 1;
  return best;
}

useColours();

/** @param {number} colour @returns {string} */
export function seriesProperty(colour) {
  return `--series-${colour + 1}`;
}

/** @param {Iterable<string>} names of one scene @returns {(name: string) => string} the custom property of a name's colour */
export function propertiesOf(names) {
  const series = seriesOf(names);
  return (name) => seriesProperty(series.get(name)?.colour ?? 0);
}

/** @typedef {{name: string, letter: string, colour: number}} Lettered */

/** @param {Iterable<string>} names @returns {Map<string, Lettered>} each name with its colour, and a letter as the second channel */
export function letteredOf(names) {
  const all = new Set(names);
  const letters = lettersOf(all);
  return new Map([...seriesOf(all)].map(([name, { colour }]) => [name, { name, colour, letter: letters.get(name) ?? "" }]));
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
    // The first use of a pattern with properties of characters takes milliseconds.
    const [gap, isIn] = /^[ -~]*$/.test(name) ? [/[^a-z0-9]+/i, /[a-z0-9]/i] : [/[^\p{L}\p{N}]+/u, /[\p{L}\p{N}]/u];
    const initials = name.split(gap).map((word) => [...word][0] ?? "");
    const candidates = [...initials, ...name].filter((character) => isIn.test(character)).map(upperCase);
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
