// @ts-check
/** Values beyond which a scene is marked. */

import { isolated } from "./safe_text.js";

const MAX_ALERTS = 100;

/** @typedef {{at: number, word: string, level: "warn" | "alert", side: "above" | "below"}} Threshold */

/**
 * @param {unknown} value
 * @param {Threshold[]} [thresholds] in any order
 * @returns {Threshold | null} the threshold that is passed last: of those that the value has reached, the nearest
 */
export function passed(value, thresholds = []) {
  if (typeof value !== "number") return null;
  const reached = thresholds.filter(({ at, side }) => (side === "below" ? value <= at : value >= at));
  reached.sort((a, b) => Math.abs(value - a.at) - Math.abs(value - b.at) || rank(a) - rank(b));
  return reached[0] ?? null;
}

/**
 * @param {{name: string, value: unknown}[]} items
 * @param {Threshold[] | undefined} thresholds
 * @param {(value: any) => string} textOf
 * @returns {Alert[]} of the items that have passed one
 */
export function alertsBeyond(items, thresholds, textOf) {
  const marked = items.map((item) => ({ ...item, mark: passed(item.value, thresholds) })).filter(({ mark }) => mark);
  return marked.slice(0, MAX_ALERTS).map(({ name, value, mark }) => ({ level: mark?.level ?? "alert", text: `${isolated(name)} ${mark?.word}: ${textOf(value)}` }));
}

/** @param {{level: "warn" | "alert"}} marked an alert or a threshold @returns {number} alerts come first */
export function rank({ level }) {
  return level === "alert" ? 0 : 1;
}
