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
}

/** @param {Element} element @param {Map<string, string>} known properties to read again @returns {Look} */
function read(element, known) {
  const style = getComputedStyle(element);
  const properties = new Map([...known.keys()].map((property) => [property, style.getPropertyValue(property).trim()]));
  const { clientWidth: width, clientHeight: height } = element;
  return { width, height, emPx: parseFloat(style.fontSize), fontFamily: style.fontFamily, properties };
}

/** @typedef {{width: number, height: number}} Size in CSS pixels */

/** @type {WeakMap<Element, Size>} */
const sizes = new WeakMap();

/** @type {ResizeObserver | undefined} */
let observer;

/**
 * Watch an element's size; its scene is painted again when it changes.
 * @param {HTMLElement} element without padding
 * @returns {Size} kept true from now on
 */
export function watchSize(element) {
  const size = { width: element.clientWidth, height: element.clientHeight };
  sizes.set(element, size);
  observer ??= new ResizeObserver((reports) => reports.forEach(({ target, contentRect }) => resized(target, contentRect)));
  observer.observe(element);
  return size;
}

/** @param {Element} element @param {Size} now */
function resized(element, { width, height }) {
  const size = sizes.get(element);
  // The first report comes after the first paint and tells of the size that was painted.
  if (!size || (Math.abs(size.width - width) < 1 && Math.abs(size.height - height) < 1)) return;
  Object.assign(size, { width, height });
  askForPaint(element);
}
