// @ts-check
/** The entries of a scene with names that distinguish them, also across several event types. */

import { nameAt } from "./fields.js";
import { groupBy } from "./view.js";

/** Policies that store several events of one lane; the others store one event per key. */
const HISTORIES = ["ring", "course"];

/**
 * @typedef {{id: string, name: string, at: number, value: any, history: Entry[]}} NamedEntry `history` are the stored
 *   events of this name, of which the newest is the last one and has `value`
 * @typedef {{name: string, qualifiers: string[]}} Qualified
 */

/**
 * Return one entry per key, or the newest one per lane and name if a policy stores a history.
 *
 * A name is the field `label`, or the lane or key without one. Equal names of several event types get the type's title,
 * and those of one event type get the key.
 * @param {View} view
 * @param {Context} context
 * @param {string} [label] path of the field with the name
 * @returns {NamedEntry[]} in the order of event types; within one, the entry that changed last is the last
 */
export function namedEntries(view, context, label) {
  const found = context.eventTypes.flatMap((eventType) =>
    seriesIn(view.entries(eventType.name), eventType, label).map((history) => {
      const { key, lane, at, value } = /** @type {Entry} */ (history.at(-1));
      const isHistory = hasHistory(eventType);
      const name = nameAt(value, label) ?? (isHistory ? lane : key);
      const fallback = context.eventTypes.length > 1 ? eventType.title : "";
      return { id: `${eventType.name}:${isHistory ? `${lane}:${name}` : key}`, name: name || fallback, qualifiers: [eventType.title, isHistory ? lane : key], at, value, history };
    }),
  );
  const names = distinctNames(found);
  return found.map(({ qualifiers: _, ...entry }, index) => ({ ...entry, name: names[index] }));
}

/** @param {EventType} eventType @returns {boolean} whether it stores several events of one lane */
export function hasHistory({ policy }) {
  return HISTORIES.includes(String(policy));
}

/** @param {Entry[]} entries @param {EventType} eventType @param {string} [label] @returns {Entry[][]} */
function seriesIn(entries, eventType, label) {
  if (!hasHistory(eventType)) return entries.map((entry) => [entry]);
  const series = [...groupBy(entries, ({ lane, value }) => JSON.stringify([lane, nameAt(value, label)])).values()];
  return series.sort((a, b) => Number(a.at(-1)?.revision) - Number(b.at(-1)?.revision));
}

/**
 * Add to each name that occurs more than once the first qualifier that differs, then the next one.
 * @param {Qualified[]} items
 * @returns {string[]} names in the same order
 */
export function distinctNames(items) {
  const names = items.map(({ name }) => name);
  for (let level = 0; level < Math.max(0, ...items.slice(0, 1).map(({ qualifiers }) => qualifiers.length)); level += 1) {
    for (const same of groupBy(names.keys(), (index) => names[index]).values()) {
      const qualifiers = same.map((index) => items[index].qualifiers[level]);
      if (new Set(qualifiers).size < 2) continue;
      same.forEach((index, at) => (names[index] = names[index] ? `${names[index]} (${qualifiers[at]})` : qualifiers[at]));
    }
  }
  return names;
}
