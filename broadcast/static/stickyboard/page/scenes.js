// @ts-check
/** The table of scenes. A new scene needs one file in scenes/, one line here, and two in scene_modules.js. */

import { checked, loaded, modules } from "./scene_loader.js";

/**
 * The exports of a scene's module; docs/reference/scene_module.md describes their use.
 * @typedef {object} SceneModule
 * @property {Empty} empty
 * @property {(view: View, context: Context) => any} model without side effects; called only if there are entries
 * @property {(element: HTMLElement, model: any) => string | void} paint returns a sentence about what it does not show (hidden.js)
 * @property {(view: View, context: Context) => Table} [table] the whole state as text, shown instead of
 *   the chart and saved as CSV
 * @property {string} [failure] why the module could not be loaded; then nothing else of it is used
 * @property {Option[]} [options] settings in the scene's menu; the choices are in `context.options`
 *
 * @typedef {import("./view.js").View} View
 * @typedef {import("./view.js").Context} Context
 * @typedef {{text: string}} Empty text of the empty state
 * @typedef {{columns: string[], rows: (string | number | boolean | null)[][], hidden?: string}} Table
 *   `hidden` is a sentence about what a bound left out
 * @typedef {{name: string, title: string, choices: {value: string, title: string}[]}} Option the first
 *   choice is the default
 *
 * @typedef {{name: string, number: number | null, title: string, module: SceneModule}} SceneLine
 * @typedef {SceneLine & {eventTypes: import("./view.js").EventType[]}} Scene
 */

/** In the order of the page; each scene's module is `scenes/<name>.js`. */
const LINES = [
  { name: "totals", number: null, title: "Totals" },
  { name: "attack_profile", number: 7, title: "Attack profiles" },
  { name: "prediction", number: 8, title: "Predictions" },
  { name: "model_metric", number: 9, title: "Macro-F1 by model" },
  { name: "embedding", number: 11, title: "Embedding" },
  { name: "model_perf", number: 12, title: "Model performance" },
  { name: "live_detection", number: 13, title: "Live detection" },
];

// If all modules are loaded already, nothing is awaited, and the first paint has them.
const missing = ["json", ...LINES.map(({ name }) => name)].filter((name) => !modules.has(name));
if (missing.length > 0) {
  const late = await Promise.all(missing.map((name) => loaded(name)));
  missing.forEach((name, index) => modules.set(name, late[index]));
}

/** @type {SceneLine[]} */
export const SCENES = LINES.map((line) => ({ ...line, module: checked(modules.get(line.name)) }));
const json = checked(modules.get("json"));

/**
 * @param {import("./view.js").EventType[]} eventTypes of a board
 * @param {boolean} isOrdered whether scenes have the order of the event types instead of the table's
 * @returns {Scene[]} an event type whose scene is not in the table gets a generic scene, after the others
 */
export function scenesOf(eventTypes, isOrdered = false) {
  const known = SCENES.map((line) => ({ ...line, eventTypes: eventTypes.filter(({ scene }) => scene === line.name) }));
  const others = eventTypes.filter(({ scene }) => !isKnown(scene));
  const scenes = [...known.filter((scene) => scene.eventTypes.length), ...others.map(genericOf)];
  /** @param {Scene} scene */
  const rank = (scene) => eventTypes.indexOf(scene.eventTypes[0]);
  return isOrdered ? scenes.sort((one, other) => rank(one) - rank(other)) : scenes;
}

/** @param {import("./view.js").EventType} eventType @returns {Scene} with the name of the event type, unless the table has that name */
function genericOf(eventType) {
  const { name, title } = eventType;
  return { name: isKnown(name) ? `json-${name}` : name, number: null, title, module: json, eventTypes: [eventType] };
}

/** @param {string} name */
function isKnown(name) {
  return SCENES.some((line) => line.name === name);
}
