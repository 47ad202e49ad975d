// @ts-check
/** Fetches the full state of keyspaces of which the page contains only the newest entries. */

const MAX_WAIT_MS = 30_000;
const SLICE_CHARACTERS = 500_000; // which take about 4 ms

/** @typedef {import("../mirror.js").Section} Section */

/**
 * Replace the previews in the mirror by their complete keyspaces. The socket delivers what this does not.
 * @param {import("../mirror.js").Mirror} mirror
 * @param {string} path of the complete state
 * @param {{fetch: typeof globalThis.fetch, timeout: (ms: number) => AbortSignal, nextTask: () => Promise<void>}} network
 * @returns {Promise<Set<string>>} the types that changed
 */
export async function fetchFullState(mirror, path, { fetch, timeout, nextTask }) {
  const response = await fetch(path, { signal: timeout(MAX_WAIT_MS) });
  if (!response.ok) throw new Error(`${path} returned ${response.status}`);
  const sections = await sectionsIn(await response.text(), nextTask);
  // The state may be older than the page or than what a socket has delivered meanwhile; a preview has no cursor.
  return mirror.applyUpdate({ sections: sections.filter(({ type }) => mirror.head(type)?.epoch === "") }).changed;
}

/**
 * Parse a state in slices, because the page does not react while 10 MB are parsed as a whole.
 * @param {string} text of an update, in which an entry on a line of its own begins the line
 * @param {() => Promise<void>} nextTask
 * @param {number} [most] characters of a slice
 * @returns {Promise<Section[]>}
 */
export async function sectionsIn(text, nextTask, most = SLICE_CHARACTERS) {
  /** @type {Section["entries"][]} */
  const lists = [];
  let [rest, slice] = ["", ""];
  const parse = () => {
    for (const entry of JSON.parse(`[${slice.replace(/,$/, "")}]`)) lists[lists.length - 1].push(entry);
    slice = "";
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("[")) {
      if (slice === "") rest += rest.endsWith(":[") ? lists.push([]) - 1 : "";
      slice += line;
      if (slice.length > most) await nextTask().then(parse);
    } else {
      if (slice !== "") parse();
      rest += line;
    }
  }
  // In the place of its entries, a section has the number of their list.
  return JSON.parse(rest).sections.map((/** @type {any} */ section) => (section.entries[0] in lists ? { ...section, entries: lists[section.entries[0]] } : section));
}
