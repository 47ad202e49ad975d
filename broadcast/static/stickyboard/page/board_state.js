// @ts-check
/** What the page contains of its board: the scenes, the event types, and the state. */

/**
 * @typedef {{board: string, socket_path: string, state_path: string, server_time: number, layout: string, colours: Record<string, number>, empty?: string | null,
 *   scenes: import("./scenes.js").SceneData[], event_types: {name: string, title: string, stale_after_s: number | null,
 *     max_lanes: number | null, key_fields: string[], example: object | null}[],
 *   update: import("../mirror.js").Update & {previews?: import("../mirror.js").Section[]}}} BoardState
 *   `previews` are sections with only the newest entries of keyspaces that are too large for the page
 */

/** @param {Element} element a script with JSON @returns {BoardState} */
export function readBoardState({ textContent }) {
  return JSON.parse(textContent ?? "");
}

/** @param {BoardState} state @returns {EventType[]} */
export function eventTypesOf(state) {
  return state.event_types.map(({ stale_after_s, max_lanes, key_fields, ...rest }) => ({
    ...rest, staleAfterS: stale_after_s, maxLanes: max_lanes, keyFields: key_fields,
  }));
}
