// @ts-check
/** Which scenes are visible, all or one, in presentation mode or not, as the query of the URL states. */

import { nameText } from "./safe_text.js";

/**
 * @typedef {{scene: string | null, isPresenting: boolean}} Stage `scene` is null if all are visible
 * @typedef {{name: string, number: number | null}} Named
 */

/** A scene's number, or its name if it has none. @param {Named} scene */
export function labelOf({ name, number }) {
  return String(number ?? name);
}

/**
 * @param {string} search query of the page's URL
 * @param {Named[]} scenes
 * @returns {Stage} all scenes if the board does not have the scene
 */
export function readStage(search, scenes) {
  const query = new URLSearchParams(search);
  const wanted = query.get("scene");
  const scene = scenes.find((each) => wanted !== null && (labelOf(each) === wanted || each.name === wanted));
  return { scene: scene?.name ?? null, isPresenting: query.get("present") === "1" };
}

const MAX_NAMES = 20;
const MAX_CHARACTERS = 40;
/** Each parameter, with the beginning of names that are meant as it however they end. */
const BEGINNINGS = new Map([["scene", "sce"], ["present", "pres"], ["filter", "filt"], ["layout", "layo"]]);

/**
 * @param {string} search query of the page's URL
 * @param {Named[]} scenes
 * @returns {string[]} a sentence for each invalid parameter, with valid ones
 */
export function problemsOf(search, scenes) {
  const query = new URLSearchParams(search);
  const [scene, present] = [query.get("scene"), query.get("present")];
  const problems = [...query.keys()].flatMap((name) => {
    const meant = meantBy(name);
    return meant ? [`Unknown parameter “${quoted(name)}” in the address; did you mean “${meant}”?`] : [];
  });
  if (scene !== null && readStage(search, scenes).scene === null) {
    problems.push(`This board has no scene “${quoted(scene)}”. ${namesOf(scenes)}.`);
  }
  if (present !== null && present !== "1") problems.push(`Invalid value “present=${quoted(present)}”; use “present=1” or leave it out.`);
  return problems;
}

/**
 * Other parameters are ignored, because programs that pass a link on may add their own.
 * @param {string} name of a parameter
 * @returns {string | null} the one that it probably misspells
 */
function meantBy(name) {
  if (BEGINNINGS.has(name) || name.length > MAX_CHARACTERS) return null;
  const letters = name.toLowerCase();
  const meant = [...BEGINNINGS].find(([each, beginning]) => letters.startsWith(beginning) || isTypo(letters, each));
  return meant?.[0] ?? null;
}

/**
 * @param {string} name
 * @param {string} wanted
 * @returns {boolean} whether one letter behind the first is inserted, missing or replaced, or two neighbours are swapped
 */
function isTypo(name, wanted) {
  if (name[0] !== wanted[0]) return false; // else "payout" is "layout"
  let [start, end] = [0, 0];
  const shorter = Math.min(name.length, wanted.length);
  while (start < shorter && name[start] === wanted[start]) start++;
  while (end < shorter - start && name.at(-1 - end) === wanted.at(-1 - end)) end++;
  const [written, meant] = [name, wanted].map((text) => text.slice(start, text.length - end));
  return Math.max(written.length, meant.length) <= 1 || (meant.length === 2 && written === meant[1] + meant[0]);
}

/** @param {string} text untrusted, from the page's URL */
export function quoted(text) {
  const name = nameText(text);
  return name.length > MAX_CHARACTERS ? `${name.slice(0, MAX_CHARACTERS)}…` : name;
}

/** @param {Named[]} scenes */
export function namesOf(scenes) {
  if (scenes.length === 0) return "It has no scenes";
  const named = scenes.slice(0, MAX_NAMES).map(labelOf);
  return `Its scenes are ${named.join(", ")}${scenes.length > named.length ? ` and ${scenes.length - named.length} more` : ""}`;
}

/**
 * @param {string} search a query, whose other parameters stay
 * @param {Record<string, string>} parameters to set; one of "" is removed
 * @returns {string} "" without any parameter
 */
export function withParameters(search, parameters) {
  const query = new URLSearchParams(search);
  for (const [name, text] of Object.entries(parameters)) {
    query.delete(name);
    if (text) query.set(name, text);
  }
  return query.size ? `?${query}` : "";
}

/** @param {Stage} stage @param {Named[]} scenes @param {string} [search] the current query @returns {string} that of this stage */
export function searchOf(stage, scenes, search = "") {
  const scene = scenes.find(({ name }) => name === stage.scene);
  return withParameters(search, { present: stage.isPresenting ? "1" : "", scene: scene ? labelOf(scene) : "" });
}

/** @param {Stage} stage @param {Named[]} scenes @param {1 | -1} by @returns {Stage} the next or previous scene, wrapping around */
export function step(stage, scenes, by) {
  if (scenes.length === 0) return stage;
  const at = scenes.findIndex(({ name }) => name === stage.scene);
  const next = at < 0 ? (by > 0 ? 0 : scenes.length - 1) : (at + by + scenes.length) % scenes.length;
  return { ...stage, scene: scenes[next].name };
}
