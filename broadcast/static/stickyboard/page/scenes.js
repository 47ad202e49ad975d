// @ts-check
/** The scenes of a board, as its page describes them. */

import { widgetOf } from "./scene_loader.js";
import { tiled } from "./tiles.js";

/**
 * @typedef {import("./widget.js").Empty} Empty
 *
 * @typedef {{types: string[], title: string, widget: string, module: string, options: object}} TileData
 * @typedef {{name: string, title: string, number: number | null, size: "narrow" | "wide" | "full" | "strip" | "banner", tiles: TileData[]}} SceneData
 * @typedef {Omit<SceneData, "tiles"> & {readonly module: Widget, eventTypes: EventType[]}} Scene
 *   `module` must be loaded before it is first read
 */

/** @param {SceneData[]} scenes @returns {string[]} the names of the modules that draw them */
export function modulesOf(scenes) {
  return [...new Set(scenes.flatMap(({ tiles }) => tiles.map(({ module }) => module)))];
}

/** @param {SceneData[]} scenes @param {EventType[]} eventTypes of the board @returns {Scene[]} */
export function scenesOf(scenes, eventTypes) {
  const byName = new Map(eventTypes.map((each) => [each.name, each]));
  const typesOf = (/** @type {TileData} */ { types }) => types.flatMap((name) => byName.get(name) ?? []);
  return scenes.map(({ tiles, ...scene }) => {
    /** @type {Widget | undefined} */
    let widget;
    return {
      ...scene,
      eventTypes: [...new Set(tiles.flatMap(typesOf))],
      get module() {
        return (widget ??= drawnBy(tiles.map((tile) => ({ title: tile.title, kind: tile.widget, widget: widgetOf(tile), eventTypes: typesOf(tile) }))));
      },
    };
  });
}

/** @param {import("./tiles.js").Tile[]} tiles @returns {Widget} */
function drawnBy(tiles) {
  return tiles.length === 1 ? tiles[0].widget : tiled(tiles);
}
