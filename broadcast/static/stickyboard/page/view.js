// @ts-check
/** What a scene's model reads. */

/**
 * @typedef {import("../mirror.js").Entry} Entry
 * @typedef {{name: string, scene: string, title: string, policy?: unknown, staleAfterS?: number | null,
 *   maxKeys?: number | null, maxLanes?: number | null, example?: object | null}} EventType `example` is an event that the server accepts, where it knows one
 * @typedef {{entries: (type: string) => Entry[]}} View the mirror, or anything that answers like it
 * @typedef {{eventTypes: EventType[], options?: Record<string, string>}} Context the event types that
 *   the scene shows, and what the watcher chose of the scene's options, by their names
 */

/**
 * @param {View} view
 * @param {Context} context
 * @returns {Entry[]} all that is kept for a scene; per event type in ascending order of revision
 */
export function entriesOf(view, context) {
  return context.eventTypes.flatMap(({ name }) => view.entries(name));
}

/**
 * @param {View} view
 * @param {Context} context
 * @returns {any[]}
 */
export function valuesOf(view, context) {
  return entriesOf(view, context).map(({ value }) => value);
}
