// @ts-check
/** The layout of several charts in one scene: groups with a heading each, in columns that fill the scene. */

import { groupBy } from "./view.js";

/**
 * @typedef {{width: number, height: number, emPx: number}} Room in CSS pixels
 * @typedef {{columns: number, rowPx: number}} Grid
 * @typedef {{top: number, bottom: number}} Place
 */

export const GAP_EM = 0.9;
export const HEADING_EM = 2;
const MIN_WIDTH_EM = 16;
const SCROLLED_WIDTH_EM = 22; // if the charts have to be scrolled anyway
const MIN_HEIGHT_EM = 9;
const WIDEST = 2.5; // width by height
const [NARROWEST, SCROLLED, SQUARE] = [1.3, 1.7, 1];
const SCROLLED_WIDE = 5; // if no group has more charts
// Browsers round each length down to 1/64 px. On a phone the rows determine the height of a scene, and would become lower in every paint.
const ROUNDED_PX = 1 / 32;

/**
 * Group charts by the part of their names before the first slash, if several have it.
 * @template {{title: string}} Chart
 * @param {Chart[]} charts
 * @returns {{name: string, charts: (Chart & {label: string})[]}[]} first those in no group, whose group has the name ""
 */
export function groupsOf(charts) {
  const named = [...groupBy(charts, ({ title }) => prefixOf(title))].filter(([name, all]) => name !== "" && all.length > 1);
  const names = new Set(named.map(([name]) => name));
  // A heading for each would leave most of the width empty.
  const single = charts.filter(({ title }) => !names.has(prefixOf(title))).map((chart) => ({ ...chart, label: chart.title }));
  const groups = named.map(([name, all]) => ({ name, charts: all.map((chart) => ({ ...chart, label: chart.title.slice(name.length + 1) })) }));
  return [...(single.length ? [{ name: "", charts: single }] : []), ...groups];
}

/** @param {string} title @returns {string} "" if it has no part before a slash, or none behind it */
function prefixOf(title) {
  const slash = title.indexOf("/");
  return slash > 0 && slash < title.length - 1 ? title.slice(0, slash) : "";
}

/**
 * Choose the number of columns with which charts of a good shape fill the room, or scroll if there are too many.
 * @param {{name: string, charts: unknown[]}[]} groups
 * @param {Room} room
 * @returns {Grid}
 */
export function gridOf(groups, room) {
  // More columns than the largest group has would be empty.
  const largest = Math.max(1, ...groups.map(({ charts }) => charts.length));
  const most = Math.max(1, Math.min(largest, columnsOfWidth(room, MIN_WIDTH_EM)));
  let best = { columns: 0, rowPx: 0, area: 0 };
  for (let columns = 1; columns <= most; columns += 1) {
    const [width, fill] = [widthOf(columns, room), fillOf(groups, columns, room)];
    const height = Math.min(fill, width / NARROWEST);
    const fits = fill >= Math.max(MIN_HEIGHT_EM * room.emPx, columns < largest ? width / WIDEST : 0);
    if (fits && width * height > best.area) best = { columns, rowPx: Math.floor(Math.min(fill, width / SQUARE)), area: width * height };
  }
  if (best.columns > 0) return { columns: best.columns, rowPx: best.rowPx };
  const columns = Math.max(1, Math.min(most, columnsOfWidth(room, SCROLLED_WIDTH_EM)));
  const shape = columns < largest ? SCROLLED : SCROLLED_WIDE;
  // No higher than the room, so that one chart at a time is visible as a whole.
  return { columns, rowPx: Math.round(Math.max(MIN_HEIGHT_EM * room.emPx, Math.min(room.height, widthOf(columns, room) / shape))) };
}

/** @param {Room} room @param {number} leastEm */
function columnsOfWidth({ width, emPx }, leastEm) {
  return Math.floor((width + GAP_EM * emPx) / ((leastEm + GAP_EM) * emPx));
}

/** @param {number} columns @param {Room} room */
function widthOf(columns, { width, emPx }) {
  return (width - (columns - 1) * GAP_EM * emPx) / columns;
}

/** @param {{name: string, charts: unknown[]}[]} groups @param {number} columns @param {Room} room @returns {number} height of a row, if all rows fill the room */
function fillOf(groups, columns, { height, emPx }) {
  const rows = groups.reduce((sum, { charts }) => sum + Math.ceil(charts.length / columns), 0);
  const headings = groups.filter(({ name }) => name !== "").length;
  return (height - headings * HEADING_EM * emPx - (rows + headings - 1) * GAP_EM * emPx) / rows + ROUNDED_PX;
}

/**
 * @param {{name: string, charts: unknown[]}[]} groups @param {Grid} grid @param {Room} room
 * @returns {Place[]} of each chart, in order, from the top of the first one
 */
export function placesOf(groups, { columns, rowPx }, { emPx }) {
  const [gap, heading] = [GAP_EM * emPx, HEADING_EM * emPx];
  let top = 0;
  return groups.flatMap(({ name, charts }) => {
    if (name !== "") top += heading + gap;
    const first = top;
    top += Math.ceil(charts.length / columns) * (rowPx + gap);
    return charts.map((_, index) => {
      const at = first + Math.floor(index / columns) * (rowPx + gap);
      return { top: at, bottom: at + rowPx };
    });
  });
}
