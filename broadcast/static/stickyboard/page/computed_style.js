// @ts-check
/**
 * How large an element is and what its style says, as paints need it.
 *
 * It is read before the first paint of each frame. Paints write, and to ask the browser after a write makes
 * it lay out the page: once for each scene instead of once for all.
 */

import { askForPaint } from "./dom.js";

/** @typedef {{width: number, height: number, emPx: number, fontFamily: string, properties: Map<string, string>}} Look */

/** @type {Map<Element, Look>} */
const looks = new Map();

/**
 * @param {Element} element one that stays on the page, as it is read at every frame from now on
 * @returns {Look} as it was before this frame's paints; sizes in CSS pixels, of the letters too
 */
export function lookOf(element) {
  const known = looks.get(element);
  // What was not laid out may have been shown by this paint.
  if (known && known.width > 0) return known;
  const look = read(element, known?.properties ?? new Map());
  looks.set(element, look);
  return look;
}

/** @param {Element} element @param {string} property @returns {string} its value, as of a colour */
export function propertyOf(element, property) {
  const { properties } = lookOf(element);
  const value = properties.get(property) ?? getComputedStyle(element).getPropertyValue(property).trim();
  properties.set(property, value);
  return value;
}

/** Read everything anew. Call it before a frame's first write. */
export function readLooks() {
  for (const [element, { properties }] of looks) looks.set(element, read(element, properties));
  for (const [list, { rowsOf, frame }] of cuts) cuts.set(list, { rowsOf, frame, shown: countShown(frame, rowsOf()) });
}

/** @param {Element} element @param {Map<string, string>} known properties to read again @returns {Look} */
function read(element, known) {
  const style = getComputedStyle(element);
  const properties = new Map([...known.keys()].map((property) => [property, style.getPropertyValue(property).trim()]));
  const { clientWidth: width, clientHeight: height } = element;
  return { width, height, emPx: parseFloat(style.fontSize), fontFamily: style.fontFamily, properties };
}

/** @typedef {{width: number, height: number}} Size in CSS pixels */

/** @type {Map<Element, Size>} */
const sizes = new Map();

/** @type {ResizeObserver | undefined} */
let observer;

/**
 * Watch an element's size; its scene is painted again when it changes.
 * @param {HTMLElement} element without padding, one that stays on the page
 * @returns {Size} kept true from now on
 */
export function watchSize(element) {
  const size = { width: element.clientWidth, height: element.clientHeight };
  sizes.set(element, size);
  observer ??= new ResizeObserver((reports) => reports.forEach(({ target, contentRect }) => resized(target, contentRect)));
  observer.observe(element);
  return size;
}

/** Read every watched size anew, where a paint does not wait for the observer. */
export function readSizes() {
  for (const [{ clientWidth: width, clientHeight: height }, size] of sizes) Object.assign(size, { width, height });
}

/** @param {Element} element @param {Size} now */
function resized(element, { width, height }) {
  const size = sizes.get(element);
  // The first report comes after the first paint and tells of the size that was painted.
  if (!size || (Math.abs(size.width - width) < 1 && Math.abs(size.height - height) < 1)) return;
  Object.assign(size, { width, height });
  askForPaint(element);
}

/** @typedef {() => ArrayLike<Element>} RowsOf what a list holds, in order */

/** @type {Map<Element, {rowsOf: RowsOf, frame: Element, shown: number}>} */
const cuts = new Map();

/**
 * Its scene is painted again when the answer changes.
 * @param {HTMLElement} list holds the rows, and stays on the page
 * @param {RowsOf} [rowsOf]
 * @param {HTMLElement} [frame] what scrolls, where it is not the list
 * @returns {number} how many of its rows are in sight before it is scrolled; as it was before this frame's paints
 */
export function shownIn(list, rowsOf = () => list.children, frame = list) {
  const known = cuts.get(list);
  if (known) return known.shown;
  const shown = countShown(frame, rowsOf());
  cuts.set(list, { rowsOf, frame, shown });
  const look = () => {
    if (countShown(frame, rowsOf()) !== cuts.get(list)?.shown) askForPaint(list);
  };
  new ResizeObserver(look).observe(frame);
  // Not of what is in the rows: texts change in every frame, and to look then would lay the page out once more.
  new MutationObserver(look).observe(list, { childList: true });
  return shown;
}

/** @param {Element} list @param {ArrayLike<Element>} rows */
function countShown(list, rows) {
  const { clientHeight, clientWidth, scrollHeight, scrollWidth, scrollTop, scrollLeft } = list;
  const isWhole = scrollHeight <= clientHeight + 1 && scrollWidth <= clientWidth + 1;
  if (isWhole || clientHeight === 0) return rows.length;
  const { top, left } = list.getBoundingClientRect();
  return Array.from(rows).filter((row) => {
    const box = row.getBoundingClientRect();
    return box.bottom - top + scrollTop <= clientHeight + 2 && box.right - left + scrollLeft <= clientWidth + 2;
  }).length;
}
