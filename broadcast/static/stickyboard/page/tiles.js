// @ts-check
/** Several widgets in one scene, side by side. A strip shows totals like this. */

import { contentOf, makeRow, paintRows, setAttribute, setText } from "./dom.js";
import { errorText } from "./safe_text.js";

/**
 * @typedef {{title: string, kind: string, widget: Widget, eventTypes: EventType[]}} Tile
 * @typedef {{tile: Tile, text: string, model: any}} TileModel `text` is shown instead of the widget, unless it is ""
 */

/** @param {Tile[]} tiles @returns {Widget} one widget of all of them */
export function tiled(tiles) {
  return {
    empty: { text: "No values yet." },
    model: (view, context) => modelOf(tiles, view, context),
    paint: (element, { parts }) => paint(element, parts),
    table: (view, context) => tableOf(tiles, view, context),
  };
}

/** @param {Tile[]} tiles @param {View} view @param {Context} context @returns {{parts: TileModel[], alerts: Alert[]}} */
function modelOf(tiles, view, context) {
  const parts = tiles.map((tile) => partOf(tile, view, contextOf(tile, context)));
  return { parts, alerts: parts.flatMap(({ model }) => model?.alerts ?? []) };
}

/** @param {Tile} tile @param {View} view @param {Context} context @returns {TileModel} */
function partOf(tile, view, context) {
  const { failure, model } = tile.widget;
  const isEmpty = tile.eventTypes.every(({ name }) => view.entries(name).length === 0);
  if (failure || isEmpty) return { tile, text: failure ?? "–", model: null };
  try {
    return { tile, text: "", model: model(view, context) };
  } catch (error) {
    return { tile, text: errorText(error), model: null };
  }
}

/** @param {Tile} tile @param {Context} context @returns {Context} */
function contextOf({ eventTypes }, context) {
  return { ...context, eventTypes, isTile: true };
}

/** @param {HTMLElement} element @param {TileModel[]} parts */
function paint(element, parts) {
  const strip = contentOf(element, "div.tiles");
  /** @type {(() => void)[]} */
  const paints = [];
  paintRows(strip, parts, (_, index) => String(index), create, (painted, part) => paints.push(() => paintTile(painted, part)));
  // Only now are all tiles on the page, and have a size.
  for (const run of paints) run();
}

const create = () => makeRow("div.tile", { title: "h3.tile-title", more: "p.tile-more", text: "p.tile-text", body: "div.tile-body" });

/** @param {ReturnType<typeof create>} painted @param {TileModel} part */
function paintTile({ element, title, more, text, body }, part) {
  setAttribute(element, "data-kind", part.tile.kind);
  setText(title, part.tile.title);
  // Before the body is measured, for which the text would leave half of the tile.
  text.hidden = part.text === "";
  body.hidden = part.text !== "";
  const { failure, hidden } = paintBody(body, part);
  setText(text, failure);
  text.hidden = failure === "";
  body.hidden = failure !== "";
  setText(more, hidden);
  setAttribute(more, "title", hidden);
}

/** @param {HTMLElement} body @param {TileModel} part @returns {{failure: string, hidden: string}} the text instead of the body, "" if it is painted */
function paintBody(body, { tile, text, model }) {
  if (text !== "") return { failure: text, hidden: "" };
  try {
    return { failure: "", hidden: tile.widget.paint(body, model) || "" };
  } catch (error) {
    console.error(error); // the other tiles are painted
    return { failure: errorText(error), hidden: "" };
  }
}

/** @param {Tile[]} tiles @param {View} view @param {Context} context @returns {Table} all tiles' tables below one another */
function tableOf(tiles, view, context) {
  const tables = tiles.map((tile) => ({ title: tile.title, ...(tile.widget.table?.(view, contextOf(tile, context)) ?? { columns: [], rows: [] }) }));
  const columns = [...new Set(tables.flatMap((table) => table.columns))];
  const rows = tables.flatMap((table) =>
    table.rows.map((cells) => {
      const byColumn = new Map(table.columns.map((column, index) => [column, cells[index]]));
      return [table.title, ...columns.map((column) => byColumn.get(column) ?? null)];
    }),
  );
  const hidden = tables.map((table) => table.hidden ?? "").filter(Boolean).join(" ");
  return { columns: ["total", ...columns], rows, hidden };
}
