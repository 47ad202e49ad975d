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
 * @typedef {{text: string, example: object}} Empty what is awaited, and an event that would fill the
 *   scene; `example` without a type stands for the board's own event type
 * @typedef {{columns: string[], rows: (string | number | boolean | null)[][]}} Table
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
 * @returns {Scene[]} the scenes that they name; those not in the table come last and show JSON
 */
export function scenesOf(eventTypes) {
  /** @type {Map<string, import("./view.js").EventType[]>} */
  const byScene = new Map();
  for (const eventType of eventTypes) {
    byScene.set(eventType.scene, [...(byScene.get(eventType.scene) ?? []), eventType]);
  }
  const known = SCENES.filter(({ name }) => byScene.has(name));
  const unknown = [...byScene.keys()].filter((name) => !SCENES.some((line) => line.name === name));
  const generic = unknown.map((name) => ({ name, number: null, title: byScene.get(name)?.[0].title ?? name, module: json }));
  return [...known, ...generic].map((line) => ({ ...line, eventTypes: byScene.get(line.name) ?? [] }));
}
