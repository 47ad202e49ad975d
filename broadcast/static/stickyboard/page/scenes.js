// @ts-check
/** The scenes of a board, the event types and the state, as the page describes them. */

import { widgetOf } from "./scene_loader.js";
import { tiled } from "./tiles.js";

/**
 * @typedef {import("./widget.js").Empty} Empty
 *
 * @typedef {{types: string[], title: string, widget: string, module: string, options: object}} TileData
 * @typedef {{name: string, title: string, number: number | null, size: "narrow" | "wide" | "full" | "strip" | "banner", tiles: TileData[]}} SceneData
 * @typedef {Omit<SceneData, "tiles"> & {module: Widget, eventTypes: EventType[]}} Scene
 */

/**
 * @typedef {{board: string, socket_path: string, state_path: string, server_time: number, layout: string, colours: Record<string, number>, empty?: string | null,
 *   scenes: SceneData[], event_types: {name: string, title: string, stale_after_s: number | null,
 *     max_lanes: number | null, key_fields: string[], example: object | null}[],
 *   update: import("../mirror.js").Update & {previews?: import("../mirror.js").Section[]}}} BoardState
 *   `previews` are sections with only the newest entries of keyspaces that are too large for the page
 */

/** @param {BoardState} state @returns {EventType[]} */
export function eventTypesOf(state) {
  return state.event_types.map(({ stale_after_s, max_lanes, key_fields, ...rest }) => ({
    ...rest, staleAfterS: stale_after_s, maxLanes: max_lanes, keyFields: key_fields,
  }));
}

/** @param {SceneData[]} scenes @returns {string[]} the names of the modules that draw them */
export function modulesOf(scenes) {
  return [...new Set(scenes.flatMap(({ tiles }) => tiles.map(({ module }) => module)))];
}

/** @param {SceneData[]} scenes @param {EventType[]} eventTypes of the board @returns {Scene[]} */
export function scenesOf(scenes, eventTypes) {
  const byName = new Map(eventTypes.map((each) => [each.name, each]));
  return scenes.map(({ tiles, ...scene }) => {
    const drawn = tiles.map((tile) => ({
      title: tile.title,
      kind: tile.widget,
      widget: widgetOf(tile),
      eventTypes: tile.types.flatMap((name) => byName.get(name) ?? []),
    }));
    const module = drawn.length === 1 ? drawn[0].widget : tiled(drawn);
    return { ...scene, module, eventTypes: [...new Set(drawn.flatMap((tile) => tile.eventTypes))] };
  });
}
