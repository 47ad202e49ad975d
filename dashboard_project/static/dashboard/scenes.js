// @ts-check
/** The table of scenes. A new scene is one file in scenes/ and one line here. */

import * as attackProfile from "./scenes/attack_profile.js";
import * as embedding from "./scenes/embedding.js";
import * as json from "./scenes/json.js";
import * as liveDetection from "./scenes/live_detection.js";
import * as modelMetric from "./scenes/model_metric.js";
import * as modelPerf from "./scenes/model_perf.js";
import * as prediction from "./scenes/prediction.js";
import * as totals from "./scenes/totals.js";

/**
 * What a scene's module exports; docs/architecture.md, "The page", says how it is used.
 * @typedef {object} SceneModule
 * @property {Empty} empty
 * @property {(view: View, context: Context) => any} model pure; called only when something is kept
 * @property {(element: HTMLElement, model: any) => void} paint
 * @property {(view: View, context: Context) => Table} [table] pure; the same as text, whole: shown in
 *   the place of the picture, and saved as CSV
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

/** In the order of the page. @type {SceneLine[]} */
export const SCENES = [
  { name: "totals", number: null, title: "Totals", module: totals },
  { name: "attack_profile", number: 7, title: "Attack profiles", module: attackProfile },
  { name: "prediction", number: 8, title: "Predictions", module: prediction },
  { name: "model_metric", number: 9, title: "Macro-F1 by model", module: modelMetric },
  { name: "embedding", number: 11, title: "Embedding", module: embedding },
  { name: "model_perf", number: 12, title: "Model performance", module: modelPerf },
  { name: "live_detection", number: 13, title: "Live detection", module: liveDetection },
];

/**
 * @param {import("./view.js").EventType[]} eventTypes those of a board
 * @returns {Scene[]} the scenes that they name; an event type whose scene is not in the table has one of
 *   its own, which comes last and shows any event
 */
export function scenesOf(eventTypes) {
  const known = SCENES.map((line) => ({ ...line, eventTypes: eventTypes.filter(({ scene }) => scene === line.name) }));
  const others = eventTypes.filter(({ scene }) => !isKnown(scene));
  return [...known.filter((scene) => scene.eventTypes.length), ...others.map(genericOf)];
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
