// @ts-check
/** The table of scenes. A new scene is one file in scenes/, one line here, and two in scene_modules.js. */

import { checked, loaded, modules } from "./scene_loader.js";

/**
 * What a scene's module exports; docs/reference/scene_module.md says how it is used.
 * @typedef {object} SceneModule
 * @property {Empty} empty
 * @property {(view: View, context: Context) => any} model pure; called only when something is kept
 * @property {(element: HTMLElement, model: any) => string | void} paint returns what it does not show, as one sentence (hidden.js)
 * @property {(view: View, context: Context) => Table} [table] pure; the same as text, whole: shown in
 *   the place of the picture, and saved as CSV
 * @property {string} [failure] why there is no such module; nothing else of it is then used
 * @property {Option[]} [options] what a watcher may choose; the choice stands in `context.options`
 *
 * @typedef {import("./view.js").View} View
 * @typedef {import("./view.js").Context} Context
 * @typedef {{text: string}} Empty what is awaited
 * @typedef {{columns: string[], rows: (string | number | boolean | null)[][], hidden?: string}} Table
 *   `hidden` says what a bound left out
 * @typedef {{name: string, title: string, choices: {value: string, title: string}[]}} Option the first
 *   choice is the one where none was made
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

// Where all are there already, nothing is awaited, and the first paint has them.
const missing = ["json", ...LINES.map(({ name }) => name)].filter((name) => !modules.has(name));
if (missing.length > 0) {
  const late = await Promise.all(missing.map((name) => loaded(name)));
  missing.forEach((name, index) => modules.set(name, late[index]));
}

/** @type {SceneLine[]} */
export const SCENES = LINES.map((line) => ({ ...line, module: checked(modules.get(line.name)) }));
const json = checked(modules.get("json"));

/**
 * @param {import("./view.js").EventType[]} eventTypes those of a board
 * @returns {Scene[]} the scenes that they name; an event type whose scene is not in the table has one of
 *   its own, which comes last and shows any event
 * @param {boolean} isOrdered whether scenes come in the order of the event types instead
 */
export function scenesOf(eventTypes, isOrdered = false) {
  const known = SCENES.map((line) => ({ ...line, eventTypes: eventTypes.filter(({ scene }) => scene === line.name) }));
  const others = eventTypes.filter(({ scene }) => !isKnown(scene));
  const scenes = [...known.filter((scene) => scene.eventTypes.length), ...others.map(genericOf)];
  /** @param {Scene} scene */
  const place = (scene) => eventTypes.indexOf(scene.eventTypes[0]);
  return isOrdered ? scenes.sort((one, other) => place(one) - place(other)) : scenes;
}

/** @param {import("./view.js").EventType} eventType @returns {Scene} named for it, unless a scene of the table is */
function genericOf(eventType) {
  const { name, title } = eventType;
  return { name: isKnown(name) ? `json-${name}` : name, number: null, title, module: json, eventTypes: [eventType] };
}

/** @param {string} name */
function isKnown(name) {
  return SCENES.some((line) => line.name === name);
}
