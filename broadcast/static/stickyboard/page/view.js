// @ts-check
/** What a scene's model reads, grouping, and results that are computed once. */

/**
 * @typedef {{name: string, title: string, policy?: unknown, staleAfterS?: number | null,
 *   maxLanes?: number | null, keyFields?: string[], example?: object | null}} EventType `example` is an event that the server accepts, if it knows one
 * @typedef {{entries: (type: string) => Entry[]}} View the mirror, or an object with the same method
 * @typedef {{eventTypes: EventType[], options?: Record<string, string>, isTile?: boolean, nowS?: number}} Context the event types of the
 *   scene, the user's choice for each of the scene's options, whether it is drawn small, as a tile of a strip, and the server's time
 */

/** @param {View} view @param {Context} context @returns {Entry[]} the entries of a scene; per event type in ascending order of revision */
export function entriesOf(view, context) {
  const [{ name }, ...others] = context.eventTypes;
  return others.length === 0 ? view.entries(name) : context.eventTypes.flatMap(({ name }) => view.entries(name));
}

/** @param {View} view @param {Context} context @returns {any[]} */
export function valuesOf(view, context) {
  return entriesOf(view, context).map(({ value }) => value);
}

/**
 * @template Item, Key
 * @param {Iterable<Item>} items
 * @param {(item: Item) => Key} keyOf
 * @returns {Map<Key, Item[]>} keys in the order in which they first occur
 */
export function groupBy(items, keyOf) {
  /** @type {Map<Key, Item[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * Compute something once per object, such as an entry or an element.
 * @template Key, Result
 * @template {any[]} Rest
 * @param {(key: Key, ...rest: Rest) => Result} compute
 * @returns {(key: Key, ...rest: Rest) => Result} the same result for the same object, as long as that exists
 */
export function remembered(compute) {
  const results = new WeakMap();
  return (key, ...rest) => {
    if (!(key instanceof Object)) return compute(key, ...rest);
    if (!results.has(key)) results.set(key, compute(key, ...rest));
    return results.get(key);
  };
}
