// @ts-check
/** The scenes of a board, as its page describes them. */

import { widgetOf } from "./scene_loader.js";
import { tiled } from "./tiles.js";

/**
 * @typedef {import("./widget.js").Empty} Empty
 *
 * @typedef {{types: string[], title: string, widget: string, module: string, options: object}} TileData
 * @typedef {{name: string, title: string, number: number | null, size: "narrow" | "wide" | "full" | "strip" | "banner", tiles: TileData[]}} SceneData
 * @typedef {Omit<SceneData, "tiles"> & {module: Widget, eventTypes: EventType[]}} Scene
 */

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
