// @ts-check
/** Values beyond which a scene is marked. */

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

/** @param {Threshold} threshold */
function rank({ level }) {
  return level === "alert" ? 0 : 1;
}
