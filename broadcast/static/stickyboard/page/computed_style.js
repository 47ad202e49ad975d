// @ts-check
/**
 * A cache of elements' sizes and computed styles for paints.
 *
 * It is filled before the first paint of each frame. Paints write to the page, and a read after a write forces a
 * layout: one per scene instead of one per frame.
 */

import { requestPaint } from "./dom.js";

/** @typedef {{scene: string | null, width: number, height: number, emPx: number, fontFamily: string, properties: Map<string, string>}} ComputedStyle */

/** @type {Map<Element, ComputedStyle>} */
const styles = new Map();

/**
 * @param {Element} element stays on the page; from now on it is read before every frame that paints its scene
 * @returns {ComputedStyle} as before this frame's paints; all sizes in CSS pixels
 */
export function computedStyleOf(element) {
  const known = styles.get(element);
  // This paint may have displayed an element that had no layout before.
  if (known && known.width > 0) return known;
  const style = read(element, known?.properties ?? new Map(), known?.scene);
  styles.set(element, style);
  return style;
}

/** @param {Element} element @param {string} property @returns {string} its value, for example a colour */
export function propertyOf(element, property) {
  const { properties } = computedStyleOf(element);
  const value = properties.get(property) ?? getComputedStyle(element).getPropertyValue(property).trim();
  properties.set(property, value);
  return value;
}

/**
 * @param {string} value of a custom property that is a length
 * @returns {number} in pixels; in a shadow root, properties are not registered, and a size is still a product
 */
export function lengthPx(value) {
  const product = /^calc\(([\d.]+) \* ([\d.]+)px\)$/.exec(value);
  return product ? Number(product[1]) * Number(product[2]) : parseFloat(value);
}

/** Refresh the cache. Call it before a frame's first write. @param {Set<string>} [scenes] that the frame paints; all without it */
export function readComputedStyles(scenes) {
  const isRead = (/** @type {string | null} */ scene) => !scenes || scene === null || scenes.has(scene);
  for (const [element, { properties, scene }] of styles) if (isRead(scene)) styles.set(element, read(element, properties, scene));
  for (const [list, watched] of watchedLists) if (isRead(watched.scene)) watched.visible = countVisibleRows(list, watched.frame);
}

/** @param {Element} element @returns {string | null} the name of the scene around it */
function sceneOf(element) {
  return /** @type {HTMLElement | null} */ (element.closest("[data-scene]"))?.dataset.scene ?? null;
}

/** @param {Element} element @param {Map<string, string>} known properties to refresh @param {string | null} [scene] @returns {ComputedStyle} */
function read(element, known, scene = sceneOf(element)) {
  const style = getComputedStyle(element);
  const properties = new Map([...known.keys()].map((property) => [property, style.getPropertyValue(property).trim()]));
  const { clientWidth: width, clientHeight: height } = element;
  return { scene, width, height, emPx: parseFloat(style.fontSize), fontFamily: style.fontFamily, properties };
}

/** @typedef {{width: number, height: number}} Size in CSS pixels */

/** @type {Map<Element, Size>} */
const sizes = new Map();

/** @type {ResizeObserver | undefined} */
let observer;

/**
 * Watch an element's size, and repaint its scene when the size changes.
 * @param {HTMLElement} element without padding; stays on the page
 * @returns {Size} updated from now on
 */
export function watchSize(element) {
  const size = { width: element.clientWidth, height: element.clientHeight };
  sizes.set(element, size);
  observer ??= new ResizeObserver((reports) => reports.forEach(({ target, contentRect }) => resized(target, contentRect)));
  observer.observe(element);
  return size;
}

/** @param {HTMLElement} element leaves the page */
export function unwatchSize(element) {
  sizes.delete(element);
  observer?.unobserve(element);
}

/** Refresh every watched size, for a paint that cannot wait for the observer. */
export function readSizes() {
  for (const [{ clientWidth: width, clientHeight: height }, size] of sizes) Object.assign(size, { width, height });
}

/** @param {Element} element @param {Size} now */
function resized(element, { width, height }) {
  const size = sizes.get(element);
  // The observer's first report follows the first paint and has the size that was painted.
  if (!size || (Math.abs(size.width - width) < 1 && Math.abs(size.height - height) < 1)) return;
  Object.assign(size, { width, height });
  requestPaint(element);
}

/** @type {Map<Element, {scene: string | null, frame: Element, visible: number}>} */
const watchedLists = new Map();

/**
 * Count the rows of a list that are visible without scrolling, and repaint its scene when the number changes.
 * @param {HTMLElement} list contains the rows; stays on the page
 * @param {HTMLElement} [frame] the element that scrolls, if it is not the list
 * @returns {number} as before this frame's paints
 */
export function visibleRowsIn(list, frame = list) {
  const known = watchedLists.get(list);
  if (known) return known.visible;
  const visible = countVisibleRows(list, frame);
  watchedLists.set(list, { scene: sceneOf(list), frame, visible });
  const check = () => {
    if (countVisibleRows(list, frame) !== watchedLists.get(list)?.visible) requestPaint(list);
  };
  new ResizeObserver(check).observe(frame);
  // Only added and removed rows: texts change in every frame, and measuring each time would force a layout.
  new MutationObserver(check).observe(list, { childList: true });
  return visible;
}

/** @param {Element} list @param {Element} frame */
function countVisibleRows({ children: rows }, frame) {
  const { clientHeight, clientWidth, scrollHeight, scrollWidth, scrollTop, scrollLeft } = frame;
  const isWhole = scrollHeight <= clientHeight + 1 && scrollWidth <= clientWidth + 1;
  if (isWhole || clientHeight === 0) return rows.length;
  const { top, left } = frame.getBoundingClientRect();
  return Array.from(rows).filter((row) => {
    const box = row.getBoundingClientRect();
    return box.bottom - top + scrollTop <= clientHeight + 2 && box.right - left + scrollLeft <= clientWidth + 2;
  }).length;
}
