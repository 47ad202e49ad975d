// @ts-check
/**
 * A part of the page as a PNG, drawn by the browser itself.
 *
 * A copy of the part, with its computed styles written out, goes into an SVG's `foreignObject`, and
 * that SVG is drawn onto a canvas. It must come from a `data:` address: Chromium taints a canvas
 * that such a picture reached through a `blob:` one. Nothing is fetched, and texts stay texts.
 * Controls bear `data-no-picture`, and are left out.
 */

import { make } from "./dom.js";

const SCALE = 2;
const MARGIN_PX = 16;
const HEADING_PX = 32;
const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
const PSEUDO_ELEMENTS = ["::before", "::after"];
const SIDES = ["top", "right", "bottom", "left"];
// All of an element's 400 properties would make megabytes of a grid of some hundred cells.
const PROPERTIES = [
  "display position top right bottom left width height box-sizing overflow visibility opacity z-index order",
  "flex-direction flex-wrap flex-grow flex-shrink flex-basis align-items align-self align-content",
  "justify-content justify-items justify-self row-gap column-gap column-count",
  "grid-template-columns grid-template-rows grid-auto-flow grid-auto-rows grid-auto-columns",
  "grid-row-start grid-row-end grid-column-start grid-column-end",
  "background-color background-image background-size background-position background-repeat",
  "border-radius outline-style outline-width outline-color outline-offset box-shadow clip-path transform transform-origin",
  "color font-family font-size font-weight font-style font-variant-numeric line-height letter-spacing",
  "text-align text-overflow text-transform text-decoration-line text-indent white-space overflow-wrap vertical-align",
  "border-collapse border-spacing table-layout list-style-type direction writing-mode",
  "fill stroke stroke-width stroke-dasharray stroke-linecap",
  ...SIDES.map((side) => `margin-${side} padding-${side} border-${side}-width border-${side}-style border-${side}-color`),
].flatMap((line) => line.split(" "));

/**
 * Draw what an element shows now, with a heading above it.
 * @param {HTMLElement} element
 * @param {string} title
 * @returns {Promise<Blob>} a PNG with two pixels per CSS pixel
 */
export async function pngOf(element, title) {
  const { width, height } = element.getBoundingClientRect();
  const copy = /** @type {HTMLElement} */ (copyOf(element));
  copy.style.margin = "0";
  const sheet = sheetOf(element, title);
  sheet.append(copy);
  const size = { width: width + 2 * MARGIN_PX, height: height + 2 * MARGIN_PX + HEADING_PX };
  return blobOf(await imageOf(sheet, size), size);
}

/** @param {HTMLElement} element @param {string} title @returns {HTMLElement} */
function sheetOf(element, title) {
  const { color, fontFamily } = getComputedStyle(element);
  const sheet = make("div");
  const heading = make("div", "", title);
  heading.style.cssText = `height: ${HEADING_PX}px; font-size: ${0.6 * HEADING_PX}px; font-weight: 600; white-space: nowrap`;
  sheet.append(heading);
  sheet.style.cssText = `padding: ${MARGIN_PX}px; line-height: 1; background: ${backgroundOf(element)}`;
  Object.assign(sheet.style, { color, fontFamily });
  return sheet;
}

/** @param {Element | null} element @returns {string} the colour behind it */
function backgroundOf(element) {
  for (let behind = element; behind; behind = behind.parentElement) {
    const { backgroundColor } = getComputedStyle(behind);
    if (!/^rgba\(.* 0\)$/.test(backgroundColor)) return backgroundColor;
  }
  return "Canvas";
}

/** @param {HTMLElement} sheet @param {{width: number, height: number}} size */
async function imageOf(sheet, { width, height }) {
  sheet.setAttribute("xmlns", XHTML);
  const size = `width="${width}" height="${height}"`;
  const inside = `<foreignObject ${size}>${new XMLSerializer().serializeToString(sheet)}</foreignObject>`;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(`<svg xmlns="${SVG}" ${size}>${inside}</svg>`)}`;
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

/** @param {Element} element @returns {Element} with the styles it has now, without what is not shown */
function copyOf(element) {
  const copy = shallowCopyOf(element);
  writeStyle(copy, getComputedStyle(element));
  // In a picture letters may be a hair wider: what is whole on the page would be cut.
  if (isWhole(element)) Object.assign(/** @type {HTMLElement} */ (copy).style, { overflow: "visible", textOverflow: "clip" });
  for (const child of element.childNodes) {
    if (child instanceof Text) copy.append(child.data);
    else if (child instanceof Element && isShown(child)) copy.append(copyOf(child));
  }
  const [before, after] = PSEUDO_ELEMENTS.map((name) => pseudoElementOf(element, name));
  copy.prepend(...before);
  copy.append(...after);
  return copy;
}

/** @param {Element} element one whose text would be cut where it has no room @returns {boolean} whether it has room */
function isWhole(element) {
  return getComputedStyle(element).textOverflow === "ellipsis" && element.scrollWidth <= element.clientWidth;
}

/** @param {Element} element */
function isShown(element) {
  return getComputedStyle(element).display !== "none" && !element.hasAttribute("data-no-picture");
}

/** @param {Element} element */
function shallowCopyOf(element) {
  // Form fields and buttons bring looks of their own; what is computed says how they look here.
  if (element instanceof HTMLCanvasElement) {
    const image = document.createElement("img");
    image.src = element.toDataURL();
    return image;
  }
  if (element instanceof SVGElement) return /** @type {Element} */ (element.cloneNode(false));
  return document.createElement(element instanceof HTMLTableElement || element.closest("table") ? element.localName : "div");
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
 * Firefox computes `attr(data-text)` to itself, and Chromium to its text in quotes.
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
  // What scrolls has a fixed size here, and bars to scroll with would only cover it.
  if (style.overflow.includes("auto")) target.overflow = "hidden";
}
