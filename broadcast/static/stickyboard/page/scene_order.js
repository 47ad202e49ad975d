// @ts-check
/**
 * The user's layout of a board: the order and size of its scenes, and which are hidden. Sans-I/O.
 *
 * As text, `13.9*w.10*fh` means: scene 13, scene 9 wide, scene 10 full and hidden, then the others as the board has them.
 * Strips and banners stay at their place, because the page reserves a row for them.
 */

import { labelOf, namesOf, quoted } from "./stage_url.js";

/**
 * @typedef {import("./scenes.js").SceneData["size"]} Size
 * @typedef {{name: string, number: number | null, size: Size}} BoardScene
 * @typedef {{name: string, size: Size, isHidden: boolean}} Placed
 */

export const MAX_CHARACTERS = 2000;
export const SIZES = /** @type {const} */ (["narrow", "wide", "full"]);
const HIDDEN = "h";
const LETTERS = [...SIZES.map(([letter]) => letter), HIDDEN];

/** @param {{size: Size}} scene whether the user can move and resize it */
export const isMovable = ({ size }) => size !== "strip" && size !== "banner";

/**
 * @param {string} text untrusted: unknown scenes, repeated scenes and unknown letters are ignored
 * @param {BoardScene[]} scenes
 * @returns {Placed[]} every scene of the board, once
 */
export function readLayout(text, scenes) {
  const byToken = new Map([...scenes].reverse().map((scene) => [tokenOf(scene), scene]));
  /** @type {Map<BoardScene, Placed>} */
  const placed = new Map();
  for (const part of partsIn(text)) {
    const [token, letters = ""] = part.split("*");
    const scene = byToken.get(token);
    if (scene && !placed.has(scene)) placed.set(scene, placedOf(scene, letters));
  }
  for (const scene of scenes) if (!placed.has(scene)) placed.set(scene, placedOf(scene, ""));
  const byPlace = scenes.map((scene) => /** @type {Placed} */ (placed.get(scene)));
  return withOrder(byPlace, [...placed.values()].filter(isMovable));
}

/**
 * @param {string} text untrusted, a layout in the page's URL
 * @param {Pick<BoardScene, "name" | "number">[]} scenes
 * @returns {string[]} a sentence for what `readLayout` ignores first, with valid values
 */
export function layoutProblemsOf(text, scenes) {
  const tokens = new Set(scenes.map(tokenOf));
  for (const part of partsIn(text)) {
    const [token, letters = "", ...rest] = part.split("*");
    if (!tokens.has(token)) return [`The layout names the scene “${quoted(token)}”, which this board does not have. ${namesOf(scenes)}.`];
    if (rest.length > 0 || [...letters].some((letter) => !LETTERS.includes(letter))) {
      return [`The layout has “${quoted(part)}”; behind “*”, use n (narrow), w (wide), f (full) or h (hidden).`];
    }
  }
  return [];
}

/** @param {string} text untrusted @returns {string[]} without the part that the limit cuts, which would name another scene */
function partsIn(text) {
  const parts = text.slice(0, MAX_CHARACTERS + 1).split(".");
  return (text.length > MAX_CHARACTERS ? parts.slice(0, -1) : parts).filter(Boolean);
}

/** @param {Placed[]} layout @param {BoardScene[]} scenes @returns {string} the shortest text of this layout; "" for the board's */
export function textOf(layout, scenes) {
  const byName = new Map(scenes.map((scene) => [scene.name, scene]));
  const parts = layout.flatMap((placed) => partOf(placed, /** @type {BoardScene} */ (byName.get(placed.name))) ?? []);
  const texts = [...parts, ""].map((_, count) => parts.slice(0, count).join("."));
  const wanted = JSON.stringify(layout);
  return texts.find((text) => JSON.stringify(readLayout(text, scenes)) === wanted) ?? texts[parts.length];
}

/** @param {Placed[]} layout @param {string} name @param {string} target the scene whose place it takes @returns {Placed[]} */
export function movedTo(layout, name, target) {
  const movable = layout.filter(isMovable);
  const [from, to] = [name, target].map((each) => movable.findIndex((placed) => placed.name === each));
  if (from < 0 || to < 0) return layout;
  movable.splice(to, 0, ...movable.splice(from, 1));
  return withOrder(layout, movable);
}

/** @param {Placed[]} layout @param {string} name @param {1 | -1} by @returns {string | null} the visible scene next to it, if both can be moved */
export function neighbourOf(layout, name, by) {
  const movable = layout.filter((placed) => isMovable(placed) && !placed.isHidden);
  const at = movable.findIndex((placed) => placed.name === name);
  return (at >= 0 && movable[at + by]?.name) || null;
}

/** @param {Placed[]} layout @param {string} name @param {Partial<Placed>} change @returns {Placed[]} */
export function changed(layout, name, change) {
  return layout.map((placed) => (placed.name === name ? { ...placed, ...change } : placed));
}

/** @param {Placed[]} layout @param {Placed[]} movable in their new order @returns {Placed[]} */
function withOrder(layout, movable) {
  const next = movable.values();
  return layout.map((placed) => (isMovable(placed) ? /** @type {Placed} */ (next.next().value) : placed));
}

/** @param {BoardScene} scene @param {string} letters @returns {Placed} */
function placedOf({ name, size }, letters) {
  const chosen = isMovable({ size }) && SIZES.find((each) => letters.includes(each[0]));
  return { name, size: chosen || size, isHidden: size !== "banner" && letters.includes(HIDDEN) };
}

/** @param {Placed} placed @param {BoardScene} scene @returns {string | null} null if it always has this place */
function partOf({ size, isHidden }, scene) {
  const letters = (size === scene.size ? "" : size[0]) + (isHidden ? HIDDEN : "");
  if (letters === "" && !isMovable(scene)) return null;
  return tokenOf(scene) + (letters && `*${letters}`);
}

/** @param {Pick<BoardScene, "name" | "number">} scene @returns {string} its number or name, without the characters that separate */
function tokenOf(scene) {
  return labelOf(scene).replace(/[.*]/g, "-");
}
