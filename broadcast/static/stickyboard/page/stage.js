// @ts-check
/** What is on the stage: all scenes or one, with or without the page's chrome; and its address. Pure. */

import { nameText } from "./text.js";

/**
 * @typedef {{scene: string | null, isPresenting: boolean}} Stage `scene` null for all of them
 * @typedef {{name: string, number: number | null}} Named
 */

/** How a scene is called in an address: by its number, where it has one. @param {Named} scene */
export function addressOf({ name, number }) {
  return String(number ?? name);
}

/**
 * @param {string} search an address's query
 * @param {Named[]} scenes
 * @returns {Stage} a scene that the board does not have is left out
 */
export function readStage(search, scenes) {
  const query = new URLSearchParams(search);
  const wanted = query.get("scene");
  const scene = scenes.find((each) => wanted !== null && (addressOf(each) === wanted || each.name === wanted));
  return { scene: scene?.name ?? null, isPresenting: query.get("present") === "1" };
}

const MOST_NAMED = 20;
const MOST_LETTERS = 40;
// Other names are left alone, as a link may have passed through programs that add their own.
const ALMOST_OURS = /^(sc|pres)/i;

/**
 * @param {string} search an address's query
 * @param {Named[]} scenes
 * @returns {string[]} a sentence for each part that is not understood, with what would be
 */
export function problemsOf(search, scenes) {
  const query = new URLSearchParams(search);
  const [scene, present] = [query.get("scene"), query.get("present")];
  const problems = [...query.keys()]
    .filter((name) => ALMOST_OURS.test(name) && name !== "scene" && name !== "present")
    .map((name) => `The address has no part “${quoted(name)}”; there are “scene” and “present”.`);
  if (scene !== null && readStage(search, scenes).scene === null) {
    problems.push(`This board has no scene “${quoted(scene)}”; ${namesOf(scenes)}.`);
  }
  if (present !== null && present !== "1") problems.push(`“present=${quoted(present)}” has no meaning; write “present=1”, or leave it out.`);
  return problems;
}

/** @param {string} text of an address, which anybody may have written */
function quoted(text) {
  const name = nameText(text);
  return name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS)}…` : name;
}

/** @param {Named[]} scenes */
function namesOf(scenes) {
  if (scenes.length === 0) return "it has none";
  const named = scenes.slice(0, MOST_NAMED).map(addressOf);
  return `it has ${named.join(", ")}${scenes.length > named.length ? ` and ${scenes.length - named.length} more` : ""}`;
}

/**
 * @param {Stage} stage
 * @param {Named[]} scenes
 * @param {string} [search] the query so far, whose other parts stay
 * @returns {string} the query that leads to this stage; "" for all scenes with chrome
 */
export function searchOf(stage, scenes, search = "") {
  const query = new URLSearchParams(search);
  query.delete("present");
  query.delete("scene");
  if (stage.isPresenting) query.set("present", "1");
  const scene = scenes.find(({ name }) => name === stage.scene);
  if (scene) query.set("scene", addressOf(scene));
  return query.size ? `?${query}` : "";
}

/**
 * @param {Stage} stage
 * @param {Named[]} scenes
 * @param {1 | -1} by
 * @returns {Stage} the next or the last scene; round and round, without the view of all
 */
export function step(stage, scenes, by) {
  if (scenes.length === 0) return stage;
  const at = scenes.findIndex(({ name }) => name === stage.scene);
  const next = at < 0 ? (by > 0 ? 0 : scenes.length - 1) : (at + by + scenes.length) % scenes.length;
  return { ...stage, scene: scenes[next].name };
}
