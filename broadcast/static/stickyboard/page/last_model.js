// @ts-check
/** Computes a model again only if its entries or choices have changed: a crosshair repaints in every frame. */

import { entriesOf } from "./view.js";

/**
 * @template Model
 * @param {(entries: import("./view.js").Entry[], context: import("./view.js").Context) => Model} compute
 * @returns {(view: import("./view.js").View, context: import("./view.js").Context) => Model}
 */
export function lastModel(compute) {
  let last = { entries: /** @type {import("./view.js").Entry[]} */ ([]), choices: "", model: /** @type {Model | undefined} */ (undefined) };
  return (view, context) => {
    const entries = entriesOf(view, context);
    const choices = JSON.stringify([context.options, context.isTile]);
    const isSame = last.choices === choices && last.entries.length === entries.length && entries.every((entry, index) => entry === last.entries[index]);
    if (last.model === undefined || !isSame) last = { entries, choices, model: compute(entries, context) };
    return /** @type {Model} */ (last.model);
  };
}
