// @ts-check
/**
 * Renders an element as a PNG in the browser.
 *
 * A copy of the element, with inline computed styles, is put into the `foreignObject` of an SVG, and the SVG is drawn
 * onto a canvas. The SVG must be a `data:` URL, because Chromium taints a canvas on which such an SVG was drawn from
 * a `blob:` URL. Nothing is fetched. Elements with `data-no-picture`, such as controls, are left out.
 */

import { make } from "./dom.js";

const SCALE = 2;
const MARGIN_PX = 16;
const HEADING_PX = 32;
const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
const PSEUDO_ELEMENTS = ["::before", "::after"];
const SIDES = ["top", "right", "bottom", "left"];
// Copying all 400 properties would take megabytes for a grid of some hundred cells.
const PROPERTIES = [
  "display position top right bottom left width height box-sizing overflow visibility opacity z-index order",
  "flex-direction flex-wrap flex-grow flex-shrink flex-basis align-items align-self align-content",
  "justify-content justify-items justify-self row-gap column-gap column-count",
  "grid-template-columns grid-template-rows grid-auto-flow grid-auto-rows grid-auto-columns",
  "grid-row-start grid-row-end grid-column-start grid-column-end",
  "background-color background-image background-size background-position background-repeat",
  "border-radius outline-style outline-width outline-color outline-offset box-shadow clip-path transform transform-origin",
  "color font-family font-size font-weight font-style font-variant-numeric line-height letter-spacing -webkit-text-stroke-width",
  "text-align text-overflow text-transform text-decoration-line text-indent white-space overflow-wrap vertical-align",
  "object-fit image-rendering aspect-ratio border-collapse border-spacing table-layout list-style-type direction writing-mode",
  "fill stroke stroke-width stroke-dasharray stroke-linecap",
  ...SIDES.map((side) => `margin-${side} padding-${side} border-${side}-width border-${side}-style border-${side}-color`),
].flatMap((line) => line.split(" "));

/**
 * Render an element with a heading above it.
 * @param {HTMLElement} element
 * @param {string} title
 * @returns {Promise<Blob>} a PNG with two pixels per CSS pixel
 */
export async function pngOf(element, title) {
  const { width, height } = element.getBoundingClientRect();
  const copy = /** @type {HTMLElement} */ (copyOf(element));
  copy.style.margin = "0";
  const page = pageOf(element, title);
  page.append(copy);
  const size = { width: width + 2 * MARGIN_PX, height: height + 2 * MARGIN_PX + HEADING_PX };
  return blobOf(await imageOf(page, size), size);
}

/** @param {HTMLElement} element @param {string} title @returns {HTMLElement} */
function pageOf(element, title) {
  const { color, fontFamily } = getComputedStyle(element);
  const page = make("div");
  const heading = make("div", "", title);
  heading.style.cssText = `height: ${HEADING_PX}px; font-size: ${0.6 * HEADING_PX}px; font-weight: 600; white-space: nowrap`;
  page.append(heading);
  page.style.cssText = `padding: ${MARGIN_PX}px; line-height: 1; background: ${backgroundOf(element)}`;
  Object.assign(page.style, { color, fontFamily });
  return page;
}

/** @param {Element | null} element @returns {string} its background colour, or that of the nearest ancestor with one */
function backgroundOf(element) {
  for (let ancestor = element; ancestor; ancestor = ancestor.parentElement) {
    const { backgroundColor } = getComputedStyle(ancestor);
    if (!/^rgba\(.* 0\)$/.test(backgroundColor)) return backgroundColor;
  }
  return "Canvas";
}

/** @param {HTMLElement} page @param {{width: number, height: number}} size */
async function imageOf(page, { width, height }) {
  page.setAttribute("xmlns", XHTML);
  const size = `width="${width}" height="${height}"`;
  const content = `<foreignObject ${size}>${new XMLSerializer().serializeToString(page)}</foreignObject>`;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(`<svg xmlns="${SVG}" ${size}>${content}</svg>`)}`;
  await image.decode();
  return image;
}

/** @param {HTMLImageElement} image @param {{width: number, height: number}} size @returns {Promise<Blob>} */
function blobOf(image, { width, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * SCALE);
  canvas.height = Math.ceil(height * SCALE);
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(`no picture of ${width} by ${height} pixels`))));
  });
}

/** @param {Element} element @returns {Element} a deep copy of what is displayed, with its computed styles */
function copyOf(element) {
  const copy = shallowCopyOf(element);
  writeStyle(copy, getComputedStyle(element));
  // Text may be slightly wider in the picture, and would be cut there although it fits on the page.
  if (isWhole(element)) Object.assign(/** @type {HTMLElement} */ (copy).style, { overflow: "visible", textOverflow: "clip" });
  for (const child of element.childNodes) {
    if (child instanceof Text) copy.append(child.data);
    else if (child instanceof Element && isDisplayed(child)) copy.append(copyOf(child));
  }
  const [before, after] = PSEUDO_ELEMENTS.map((name) => pseudoElementOf(element, name));
  copy.prepend(...before);
  copy.append(...after);
  return copy;
}

/** @param {Element} element @returns {boolean} whether its text would be cut if it had no room, and has room */
function isWhole(element) {
  return getComputedStyle(element).textOverflow === "ellipsis" && element.scrollWidth <= element.clientWidth;
}

/** @param {Element} element */
function isDisplayed(element) {
  return getComputedStyle(element).display !== "none" && !element.hasAttribute("data-no-picture");
}

/** @param {Element} element */
function shallowCopyOf(element) {
  // Form fields and buttons have default styles of their own, so they become plain elements.
  if (element instanceof HTMLCanvasElement || element instanceof HTMLImageElement) {
    const image = document.createElement("img");
    image.src = (element instanceof HTMLCanvasElement ? element : drawn(element)).toDataURL();
    return image;
  }
  if (element instanceof SVGElement) return /** @type {Element} */ (element.cloneNode(false));
  return document.createElement(element instanceof HTMLTableElement || element.closest("table") ? element.localName : "div");
}

/** @param {HTMLImageElement} picture whose blob URL may be revoked */
function drawn(picture) {
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.naturalWidth, height: picture.naturalHeight });
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas;
}

/** @param {Element} element @param {string} name @returns {Element[]} */
function pseudoElementOf(element, name) {
  const style = getComputedStyle(element, name);
  if (style.content === "none" || style.content === "normal" || style.display === "none") return [];
  const copy = document.createElement("div");
  copy.append(textOfContent(style.content, element));
  writeStyle(copy, style);
  return [copy];
}

/**
 * Evaluate computed `content`: Firefox computes `attr(data-text)` to itself, Chromium to the text in quotes.
 * @param {string} content computed @param {Element} element @returns {string}
 */
export function textOfContent(content, element) {
  return Array.from(content.matchAll(/"((?:[^"\\]|\\.)*)"|attr\(([^)]+)\)/g), ([, text, name]) =>
    name === undefined ? text.replaceAll(/\\(.)/g, "$1") : (element.getAttribute(name.trim()) ?? ""),
  ).join("");
}

/** @param {Element} copy @param {CSSStyleDeclaration} style */
function writeStyle(copy, style) {
  const target = /** @type {HTMLElement} */ (copy).style;
  for (const property of PROPERTIES) target.setProperty(property, style.getPropertyValue(property));
  // In a picture, scroll bars would only cover content.
  if (style.overflow.includes("auto")) target.overflow = "hidden";
}
