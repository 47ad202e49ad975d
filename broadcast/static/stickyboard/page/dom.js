// @ts-check
/** Builds and reuses elements. All text is made safe with `safeText` and set through `textContent`. */

import { isRightToLeft, nameText, safeText } from "./safe_text.js";

/** @param {string} tag @param {string} [className] @param {string} [text] @returns {HTMLElement} */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = safeText(text);
  return element;
}

/**
 * Build an element with named descendants: `makeRow("li.task", { name: "b.task-name", track: "div", fill: "track > div.task-fill" })`.
 * @template {Record<string, string>} const Children
 * @param {string} row selector of the element @param {Children} children see `addParts`
 */
export function makeRow(row, children) {
  return addParts(makeSelected(row), children);
}

/**
 * Add named descendants to an element. The selector of each has tag, classes, attributes and text, and before them the
 * name of its parent, unless that is the element: `"track > p.note[lang=en] Hello"`.
 * @template {Record<string, string>} const Children
 * @param {HTMLElement} element @param {Children} children by name, in order
 * @returns {{element: HTMLElement} & {[Name in keyof Children]: Built<Children[Name]>}}
 */
export function addParts(element, children) {
  /** @type {Record<string, HTMLElement>} */
  const parts = { element };
  for (const [name, selector] of Object.entries(children)) parts[name] = parts[parsed(selector).parent].appendChild(makeSelected(selector));
  return /** @type {any} */ (parts);
}

const SELECTOR = /^(?:(\w+) > )?(\w+)((?:\.[\w-]+)*)((?:\[[^\]]*\])*)(?: (.*))?$/;

/** @typedef {{parent: string, tag: string, classes: string, attributes: string[][], text: string | undefined}} Selector */

/** Many elements have the same selector. @type {Map<string, Selector>} */
const selectors = new Map();

/** @param {string} selector @returns {Selector} */
function parsed(selector) {
  const known = selectors.get(selector);
  if (known) return known;
  const [, parent = "element", tag, classes, attributes, text] = /** @type {RegExpExecArray} */ (SELECTOR.exec(selector));
  const pairs = Array.from(attributes.matchAll(/\[([^=\]]+)=?([^\]]*)\]/g), ([, name, value]) => [name, value]);
  selectors.set(selector, { parent, tag, classes: classes.slice(1).replaceAll(".", " "), attributes: pairs, text });
  return parsed(selector);
}

/** @param {string} selector such as "li.task[title=Task] Text" */
function makeSelected(selector) {
  const { tag, classes, attributes, text } = parsed(selector);
  const element = make(tag, classes, text);
  for (const [name, value] of attributes) element.setAttribute(name, value);
  return element;
}

/** @param {string} tag @param {Record<string, string>} attributes @returns {SVGElement} */
export function makeSvg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element with the id "${id}"`);
  return element;
}

/** @param {Element} element @returns {Element | null} what has the focus in the same page, or in the same shadow root */
export function activeElementOf(element) {
  return /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement;
}

/** Set the text, unless the element has it already. @param {Element} element @param {string} text */
export function setText(element, text) {
  const safe = safeText(text);
  if (element.textContent !== safe) element.textContent = safe;
}

/** Set the texts of some parts of a row. @template {string} Name @param {Record<NoInfer<Name>, any>} row @param {Record<Name, string>} texts */
export function setTexts(row, texts) {
  for (const name of /** @type {Name[]} */ (Object.keys(texts))) setText(row[name], texts[name]);
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

const TAIL_CHARACTERS = 4;
const PRINTABLE = /^[ -~]*$/;
/** @type {Intl.Segmenter | undefined} */
let graphemes;

/** @param {string} name @returns {[string, string]} the part that may be cut and the end that is always visible, split between graphemes */
export function partsOfName(name) {
  // Two halves side by side would be read in the wrong order, and joined letters would be torn.
  if (isRightToLeft(name)) return [name, ""];
  if (PRINTABLE.test(name)) return [name.slice(0, -TAIL_CHARACTERS), name.slice(-TAIL_CHARACTERS)];
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  const characters = Array.from(graphemes.segment(name), ({ segment }) => segment);
  return [characters.slice(0, -TAIL_CHARACTERS).join(""), characters.slice(-TAIL_CHARACTERS).join("")];
}

/**
 * Write a name whose end stays visible if there is no room for all of it, because similar names often differ at the
 * end. Its title, and the text for screen readers, is the whole name.
 * @param {HTMLElement} element has no other content @param {string} name
 */
export function setName(element, name) {
  const parts = once(element, () => {
    element.classList.add("name");
    const spans = addParts(element, { whole: "span.for-listeners", head: "span.name-head[aria-hidden=true]", tail: "span.name-tail[aria-hidden=true]" });
    return { ...spans, name: /** @type {string | null} */ (null) };
  });
  if (parts.name === name) return;
  parts.name = name;
  // CSS draws the parts: as text, a screen reader would read them as two words.
  [parts.head.dataset.text, parts.tail.dataset.text] = partsOfName(nameText(name));
  element.title = parts.whole.textContent = nameText(name);
}

/** @type {WeakMap<Element, any>} */
const built = new WeakMap();

/**
 * Build the content of an element at its first paint, and return the same parts at every later one.
 * @template Parts
 * @param {HTMLElement} element
 * @param {(element: HTMLElement) => Parts} build
 * @returns {Parts}
 */
export function once(element, build) {
  if (!built.has(element)) built.set(element, build(element));
  return built.get(element);
}

/** @param {HTMLElement} element @param {string} selector tag and class @returns {HTMLElement} its only content, which the first paint builds */
export function contentOf(element, selector) {
  return once(element, () => element.appendChild(makeSelected(selector)));
}

/** @type {WeakMap<Element, Map<string, any>>} */
const rows = new WeakMap();

/**
 * Make the children of `parent` match `items` in order, and reuse the child of each key.
 * @template Item
 * @template {{element: HTMLElement}} Row
 * @param {HTMLElement} parent
 * @param {Item[]} items
 * @param {(item: Item, index: number) => string} keyOf with the index as key, no child moves when items do
 * @param {(item: Item) => Row} create
 * @param {(row: Row, item: Item) => void} update
 */
export function paintRows(parent, items, keyOf, create, update) {
  const before = rows.get(parent) ?? new Map();
  /** @type {Map<string, Row>} */
  const after = new Map();
  const keys = items.map(keyOf);
  // Removed first: otherwise, if only the first row goes, all others would move.
  const present = new Set(keys);
  for (const [key, { element }] of before) if (!present.has(key)) element.remove();
  items.forEach((item, index) => {
    const key = keys[index];
    const row = before.get(key) ?? create(item);
    after.set(key, row);
    update(row, item);
    const there = parent.children[index];
    if (there !== row.element) parent.insertBefore(row.element, there ?? null);
  });
  while (parent.children.length > after.size) parent.lastElementChild?.remove();
  rows.set(parent, after);
}

/**
 * Paint the scene around an element in one of the next animation frames, for example after a hover or a change of size.
 * Never paint from a listener: a frame may have many events.
 * @param {Element} element
 */
export function requestPaint(element) {
  element.dispatchEvent(new CustomEvent("scene-repaint", { bubbles: true }));
}

/** Paint the scene around an element in one of the next animation frames, once also while it is off-screen. @param {Element} element */
export function requestPaintOffScreen(element) {
  element.dispatchEvent(new CustomEvent("scene-repaint-off-screen", { bubbles: true }));
}

/** Paint the scene around an element in the next animation frame, before all others: after a user's choice. @param {Element} element */
export function requestPaintNow(element) {
  element.dispatchEvent(new CustomEvent("scene-repaint-now", { bubbles: true }));
}

/**
 * Let keys act on a figure that has the focus, and paint its scene.
 * @param {HTMLElement} frame @param {string} hint what the keys do @param {(key: string) => boolean} act false for a key without a meaning
 */
export function listenToKeys(frame, hint, act) {
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  setAttribute(frame, "aria-label", hint);
  frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !act(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    requestPaintNow(frame);
  });
}

/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const repaints = new WeakMap();

/** Paint the scene around an element after a while, for example because it shows an age. @param {Element} element @param {number} ms from the last call */
export function repaintIn(element, ms) {
  clearTimeout(repaints.get(element));
  repaints.set(element, setTimeout(() => requestPaint(element), ms));
}

/**
 * Announce a sentence in the page's live region, for example the cell to which a key has moved.
 * @param {Element} element of a scene
 * @param {string} sentence
 */
export function announce(element, sentence) {
  element.dispatchEvent(new CustomEvent("scene-announce", { bubbles: true, detail: sentence }));
}

/** Show and announce a notice: what was done, or why it failed. @param {Element} element of a scene @param {string} sentence */
export function notify(element, sentence) {
  element.dispatchEvent(new CustomEvent("scene-notify", { bubbles: true, detail: sentence }));
}
