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
// Other parameters are ignored, because programs that pass a link on may add their own.
const LIKELY_MISTAKE = /^(sc|pres)/i;

/**
 * @param {string} search query of the page's URL
 * @param {Named[]} scenes
 * @returns {string[]} a sentence for each invalid parameter, with valid ones
 */
export function problemsOf(search, scenes) {
  const query = new URLSearchParams(search);
  const [scene, present] = [query.get("scene"), query.get("present")];
  const problems = [...query.keys()]
    .filter((name) => LIKELY_MISTAKE.test(name) && name !== "scene" && name !== "present")
    .map((name) => `Unknown parameter “${quoted(name)}” in the address; the parameters are “scene” and “present”.`);
  if (scene !== null && readStage(search, scenes).scene === null) {
    problems.push(`This board has no scene “${quoted(scene)}”. ${namesOf(scenes)}.`);
  }
  if (present !== null && present !== "1") problems.push(`Invalid value “present=${quoted(present)}”; use “present=1” or leave it out.`);
  return problems;
}

/** @param {string} text untrusted, from the page's URL */
function quoted(text) {
  const name = nameText(text);
  return name.length > MAX_CHARACTERS ? `${name.slice(0, MAX_CHARACTERS)}…` : name;
}

/** @param {Named[]} scenes */
function namesOf(scenes) {
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
