// @ts-check
/** A text: plain, or in a subset of Markdown. It is built from elements, never from HTML. */

import { addParts, make, once, setAttribute } from "../dom.js";
import { valueAt } from "../fields.js";
import { hiddenText, partOf } from "../not_shown.js";
import { blocksOf } from "../markdown.js";
import { safeText } from "../safe_text.js";
import { fieldText } from "../template.js";
import { valuesOf } from "../view.js";

/** @typedef {{body: string, format: "plain" | "markdown"}} Options @typedef {{text: string, letters: number}} Model */

const MAX_LETTERS = 20_000;

/** @param {Options} options @returns {Widget} */
export function widget({ body, format }) {
  const textOf = (/** @type {any} */ value) => textAt(value, body);
  return {
    empty: { text: "No text yet." },
    model(view, context) {
      const text = textOf(valuesOf(view, context).at(-1));
      return { text: text.slice(0, MAX_LETTERS), letters: text.length };
    },
    paint: (element, model) => paint(element, model, format),
    table: (view, context) => ({ columns: ["text"], rows: valuesOf(view, context).map((value) => [textOf(value)]) }),
  };
}

/** @param {any} value @param {string} path @returns {string} the whole text, or another field as text */
function textAt(value, path) {
  const text = valueAt(value, path);
  return typeof text === "string" ? text : fieldText(text);
}

/** @param {HTMLElement} element @param {Model} model @param {Options["format"]} format */
function paint(element, { text, letters }, format) {
  const parts = once(element, build);
  if (parts.painted !== text) {
    parts.painted = text;
    parts.text.replaceChildren(...(format === "markdown" ? blocksOf(text).map(elementOf) : [make("p", "text-plain", text)]));
  }
  return hiddenText([partOf(text.length, letters, "letter")], "The table has all.");
}

/** @param {HTMLElement} element */
function build(element) {
  return { ...addParts(element, { text: "div.text" }), painted: /** @type {string | null} */ (null) };
}

/** @param {import("../markdown.js").Node} node @returns {HTMLElement | string} */
export function elementOf(node) {
  if (typeof node === "string") return safeText(node);
  const element = make(node.tag);
  if (node.href !== undefined) {
    setAttribute(element, "href", node.href);
    setAttribute(element, "rel", "noopener noreferrer");
    setAttribute(element, "target", "_blank");
    // Where it leads, whatever its text says.
    setAttribute(element, "title", new URL(node.href).host);
  }
  if (node.tag === "pre") setAttribute(element, "tabindex", "0"); // it may scroll
  element.append(...node.children.map(elementOf));
  return element;
}
