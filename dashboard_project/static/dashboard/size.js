// @ts-check
/** How large an element is, known without asking the layout at every paint. */

import { askForPaint } from "./dom.js";

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
