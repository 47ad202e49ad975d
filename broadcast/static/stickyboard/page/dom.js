// @ts-check
/** Building and reusing elements. All text goes through textContent, and through `safeText` before. */

import { isRightToLeft, nameText, safeText } from "./text.js";

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElement}
 */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = safeText(text);
  return element;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element with the id "${id}"`);
  return element;
}

/** @param {Element} element @param {string} text Set the text, without touching the page if it is the same. */
export function setText(element, text) {
  const safe = safeText(text);
  if (element.textContent !== safe) element.textContent = safe;
}

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  const safe = safeText(value);
  if (element.getAttribute(name) !== safe) element.setAttribute(name, safe);
}

/** @param {HTMLElement} element @param {string} property @param {string} value */
export function setStyle(element, property, value) {
  if (element.style.getPropertyValue(property) !== value) element.style.setProperty(property, value);
}

const TAIL_LETTERS = 4;
const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * @param {string} name
 * @returns {[string, string]} what may be cut, and the end that stays, by letters as people count them
 */
export function partsOfName(name) {
  // From right to left, and in part joined: two halves side by side would be read in the wrong order.
  if (isRightToLeft(name)) return [name, ""];
  const signs = Array.from(letters.segment(name), ({ segment }) => segment);
  return [signs.slice(0, -TAIL_LETTERS).join(""), signs.slice(-TAIL_LETTERS).join("")];
}

/**
 * Write a name that keeps its end where there is no room for all of it: names of a kind often begin
 * alike. The whole is its title, and what is read out.
 * @param {HTMLElement} element holds nothing else @param {string} name
 */
export function setName(element, name) {
  const written = once(element, () => {
    const [whole, head, tail] = [make("span", "for-listeners"), make("span", "name-head"), make("span", "name-tail")];
    element.classList.add("name");
    for (const part of [head, tail]) part.setAttribute("aria-hidden", "true");
    element.append(whole, head, tail);
    return { whole, head, tail, name: "" };
  });
  if (written.name === name) return;
  written.name = name;
  // The parts are drawn by the style: as text they would be read out as two words, "fo rest".
  [written.head.dataset.text, written.tail.dataset.text] = partsOfName(nameText(name));
  element.title = written.whole.textContent = nameText(name);
}

/** @type {WeakMap<Element, any>} */
const built = new WeakMap();

/**
 * Build an element's inside once and give the same parts back at every later paint.
 * @template Parts
 * @param {HTMLElement} element
 * @param {(element: HTMLElement) => Parts} build
 * @returns {Parts}
 */
export function once(element, build) {
  if (!built.has(element)) built.set(element, build(element));
  return built.get(element);
}

/** @type {WeakMap<Element, Map<string, any>>} */
const rows = new WeakMap();

/**
 * Make the children of `parent` match `items`, in order, reusing the child of each key.
 * @template Item
 * @template {{element: HTMLElement}} Row
 * @param {HTMLElement} parent
 * @param {Item[]} items
 * @param {(item: Item, index: number) => string} keyOf by the index, no child moves when items do
 * @param {() => Row} create
 * @param {(row: Row, item: Item) => void} update
 */
export function paintRows(parent, items, keyOf, create, update) {
  const before = rows.get(parent) ?? new Map();
  /** @type {Map<string, Row>} */
  const after = new Map();
  items.forEach((item, index) => {
    const key = keyOf(item, index);
    const row = before.get(key) ?? create();
    after.set(key, row);
    update(row, item);
    const there = parent.children[index];
    if (there !== row.element) parent.insertBefore(row.element, there ?? null);
  });
  while (parent.children.length > after.size) parent.lastElementChild?.remove();
  rows.set(parent, after);
}

/**
 * Ask that the scene around an element be painted in the next animation frame, as after a hover, a
 * choice in a legend or a change of size. Never paint from a listener: a frame may have many.
 * @param {Element} element
 */
export function askForPaint(element) {
  element.dispatchEvent(new CustomEvent("scene-repaint", { bubbles: true }));
}

/**
 * Say something in the page's one live region, as where the keyboard has moved on a canvas.
 * @param {Element} element of a scene
 * @param {string} sentence
 */
export function say(element, sentence) {
  element.dispatchEvent(new CustomEvent("scene-say", { bubbles: true, detail: sentence }));
}

/**
 * Show a notice, and say it: what was done, or why it was refused.
 * @param {Element} element of a scene
 * @param {string} sentence
 */
export function notify(element, sentence) {
  element.dispatchEvent(new CustomEvent("scene-notify", { bubbles: true, detail: sentence }));
}
