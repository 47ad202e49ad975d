// @ts-check
/**
 * The browser's copy of the stored state. Sans-I/O: no DOM, no socket, no clock.
 *
 * An update has sections. Each advances one keyspace from one revision to another, or resets it. A section that
 * does not continue the copy is not applied and is reported as a gap. The connection then reconnects with its
 * cursor, which is the only recovery path.
 */

/**
 * @typedef {{key: string, lane: string, revision: number, at: number, value: any}} Entry
 * @typedef {{epoch: string, revision: number, changedAt: number | null, dropped: number, entries: Map<string, Entry>,
 *   lanes: Map<string, number>, list?: Entry[]}} Keyspace `lanes` are the numbers of their entries; `dropped` counts
 *   evicted entries or lanes; `list` is that of all entries until the next change
 * @typedef {[key: string, lane: string, revision: number, at: number, value: any]} WireEntry
 * @typedef {{type: string, epoch: string, from: number, to: number, reset?: boolean,
 *   floors?: Record<string, number>, strides?: Record<string, number>, dropped?: number, entries: WireEntry[]}} Section
 * @typedef {{op?: string, caught_up?: boolean, sections: Section[]}} Update
 */

export class Mirror {
  /** @type {Map<string, Keyspace>} */
  #keyspaces = new Map();

  /**
   * Apply an update's sections in order.
   * @param {Update} update
   * @returns {{changed: Set<string>, gaps: string[], changes: number}} the types whose entries may have changed,
   *   the types whose section was not applied because of a gap, and the number of applied changes
   */
  applyUpdate(update) {
    const changed = new Set();
    const gaps = [];
    let changes = 0;
    for (const section of update.sections) {
      const keyspace = this.#keyspaces.get(section.type) ?? emptyKeyspace();
      if (isApplied(section, keyspace)) continue;
      if (!continuesFrom(section, keyspace)) {
        gaps.push(section.type);
        continue;
      }
      this.#keyspaces.set(section.type, applySection(section, keyspace));
      changed.add(section.type);
      changes += section.entries.length;
    }
    return { changed, gaps, changes };
  }

  /** @returns {Mirror} an independent copy */
  copy() {
    const copy = new Mirror();
    for (const [type, keyspace] of this.#keyspaces) {
      copy.#keyspaces.set(type, { ...keyspace, entries: new Map(keyspace.entries), lanes: new Map(keyspace.lanes) });
    }
    return copy;
  }

  /** @returns {string} the cursor as the socket's URL has it */
  cursor() {
    const parts = [];
    for (const [type, { epoch, revision }] of this.#keyspaces) parts.push(`${type}:${epoch}:${revision}`);
    return parts.join(",");
  }

  /** @returns {Record<string, [epoch: string, revision: number]>} the cursor as an object */
  heads() {
    return Object.fromEntries([...this.#keyspaces].map(([type, { epoch, revision }]) => [type, [epoch, revision]]));
  }

  /** @param {string} type @returns {Entry[]} the entries of an event type, in ascending order of revision */
  entries(type) {
    const keyspace = this.#keyspaces.get(type);
    // A copy of the list takes a tenth of the time of a walk through the map.
    return keyspace ? (keyspace.list ??= [...keyspace.entries.values()]).slice() : [];
  }

  /** @param {string} type @returns {number} the number of entries of an event type */
  count(type) {
    return this.#keyspaces.get(type)?.entries.size ?? 0;
  }

  /** @param {string} type @returns {number} the number of lanes that have entries of an event type */
  laneCount(type) {
    return this.#keyspaces.get(type)?.lanes.size ?? 0;
  }

  /** @param {string} type @returns {number} how many entries `max_keys` has evicted, or lanes `max_lanes` */
  dropped(type) {
    return this.#keyspaces.get(type)?.dropped ?? 0;
  }

  /** @param {string} type @returns {number | null} time of the newest change, in seconds since 1970 on the server's clock */
  changedAt(type) {
    return this.#keyspaces.get(type)?.changedAt ?? null;
  }

  /** @param {string} type @returns {{epoch: string, revision: number} | undefined} undefined for a type that no update has named */
  head(type) {
    const keyspace = this.#keyspaces.get(type);
    return keyspace && { epoch: keyspace.epoch, revision: keyspace.revision };
  }

  /** @returns {string[]} the types that any update has named */
  types() {
    return [...this.#keyspaces.keys()];
  }
}

/** @returns {Keyspace} */
function emptyKeyspace() {
  return { epoch: "", revision: 0, changedAt: null, dropped: 0, entries: new Map(), lanes: new Map() };
}

/** @param {Section} section @param {Keyspace} keyspace */
function isApplied(section, keyspace) {
  return !section.reset && section.epoch === keyspace.epoch && section.to <= keyspace.revision;
}

/** @param {Section} section @param {Keyspace} keyspace */
function continuesFrom(section, keyspace) {
  return section.reset || (section.epoch === keyspace.epoch && section.from === keyspace.revision);
}

/** @param {Section} section @param {Keyspace} keyspace @returns {Keyspace} */
function applySection(section, keyspace) {
  const copy = section.reset ? emptyKeyspace() : keyspace;
  removeBelowFloors(copy, new Map(Object.entries(section.floors ?? {})));
  if (section.strides) removeBetweenStrides(copy, new Map(Object.entries(section.strides)));
  for (const entry of section.entries) setOrRemove(copy, entry);
  const changedAt = section.entries.at(-1)?.[3] ?? (section.reset ? null : keyspace.changedAt);
  return { epoch: section.epoch, revision: section.to, changedAt, dropped: section.dropped ?? copy.dropped, entries: copy.entries, lanes: copy.lanes };
}

/** @param {Keyspace} keyspace @param {Map<string, number>} floors */
function removeBelowFloors(keyspace, floors) {
  const highest = Math.max(0, ...floors.values());
  const everywhere = floors.get("") ?? 0;
  for (const { key, lane, revision } of keyspace.entries.values()) {
    // The map is in ascending order of revision, so no later entry can be below a floor.
    if (revision > highest) return;
    if (revision <= Math.max(everywhere, floors.get(lane) ?? 0)) remove(keyspace, key);
  }
}

/**
 * Remove the entries of a lane whose number, the end of the key, is not a multiple of the lane's stride.
 * @param {Keyspace} keyspace @param {Map<string, number>} strides
 */
function removeBetweenStrides(keyspace, strides) {
  for (const { key, lane } of keyspace.entries.values()) {
    const stride = strides.get(lane);
    if (stride !== undefined && Number(/:(\d{1,15})$/.exec(key)?.[1]) % stride !== 0) remove(keyspace, key);
  }
}

/** @param {Keyspace} keyspace @param {WireEntry} entry */
function setOrRemove(keyspace, [key, lane, revision, at, value]) {
  // Removed first: the key then moves to the end, and the map stays in order of revision.
  remove(keyspace, key);
  if (value === null) return;
  keyspace.entries.set(key, { key, lane, revision, at, value });
  keyspace.lanes.set(lane, (keyspace.lanes.get(lane) ?? 0) + 1);
}

/** @param {Keyspace} keyspace @param {string} key */
function remove({ entries, lanes }, key) {
  const entry = entries.get(key);
  if (!entry) return;
  entries.delete(key);
  const rest = Number(lanes.get(entry.lane)) - 1;
  if (rest === 0) lanes.delete(entry.lane);
  else lanes.set(entry.lane, rest);
}
