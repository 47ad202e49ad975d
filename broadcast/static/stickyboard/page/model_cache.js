// @ts-check
/** Computes a model again only if its entries or choices have changed: a crosshair repaints in every frame. */

import { entriesOf, remembered } from "./view.js";

// A model that takes longer is computed again only after a pause of so many times as long, so that the page stays smooth.
const SLOW_MS = 20;
const PAUSE = 12;
const MAX_PAUSE_MS = 10_000;

/**
 * @template {object} Model
 * @typedef {(entries: Entry[], context: Context) => Model} Compute
 */

/**
 * @template {object} Model
 * @typedef {(view: View, context: Context) => Model & {laterMs?: number}} Read `laterMs` is set if there are changes that
 *   the model does not have, and is when it can have them
 */

/** @template {object} Model @param {Compute<Model>} compute @param {() => number} [nowMs] @returns {Read<Model>} */
export function cachedModel(compute, nowMs = () => performance.now()) {
  let last = { entries: /** @type {Entry[]} */ ([]), choices: "", model: /** @type {Model & {laterMs?: number} | undefined} */ (undefined), until: 0 };
  return (view, context) => {
    const entries = entriesOf(view, context);
    const choices = JSON.stringify([context.options, context.isTile]);
    const began = nowMs();
    const isChosen = last.choices === choices && last.model !== undefined;
    const isSame = isChosen && last.model?.laterMs === undefined && last.entries.length === entries.length && entries.every((entry, index) => entry === last.entries[index]);
    if (isChosen && !isSame && began < last.until) return /** @type {Model & {laterMs: number}} */ ({ ...last.model, laterMs: last.until - began });
    if (!isSame) {
      /** @type {Model & {laterMs?: number}} */
      const model = compute(entries, context);
      const tookMs = nowMs() - began;
      // A model that does not have all entries yet took a slice of a frame, and goes on in the next one.
      const isSlow = tookMs > SLOW_MS && model.laterMs === undefined;
      last = { entries, choices, model, until: isSlow ? began + tookMs + Math.min(MAX_PAUSE_MS, PAUSE * tookMs) : 0 };
    }
    return /** @type {Model & {laterMs?: number}} */ (last.model);
  };
}

/**
 * The same for a model that follows its entries from update to update: the state, its copy during a pause, and the
 * entries that match the filter have one each.
 * @template {object} Model
 * @param {() => Compute<Model>} create
 * @returns {Read<Model>}
 */
export function cachedModels(create) {
  const modelFor = remembered((/** @type {View} */ _) => cachedModel(create()));
  return (view, context) => modelFor(view)(view, context);
}
