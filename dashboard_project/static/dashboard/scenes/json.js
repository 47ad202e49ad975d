// @ts-check
/** Any event type without a scene of its own: its newest entries as text. */

import { make, once, paintRows, setText } from "../dom.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No event of this type has been sent yet.",
  example: {},
};

export const ENTRIES = 20;
export const MAX_TEXT = 400;

/**
 * @typedef {{id: string, key: string, text: string}} Row
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {{rows: Row[]}} newest first
 */
export function model(view, context) {
  const entries = entriesOf(view, context).sort((a, b) => b.at - a.at || b.revision - a.revision);
  return { rows: entries.slice(0, ENTRIES).map(rowOf) };
}

/** @param {import("../view.js").Entry} entry @returns {Row} */
function rowOf({ key, value }) {
  const text = JSON.stringify(value);
  const type = value?.type ?? "";
  return { id: `${type}:${key}`, key, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text };
}

/** @param {HTMLElement} element @param {{rows: Row[]}} model */
export function paint(element, { rows }) {
  const { list } = once(element, build);
  paintRows(list, rows, (row) => row.id, createRow, (painted, row) => {
    setText(painted.key, row.key);
    setText(painted.text, row.text);
  });
}

/** @param {HTMLElement} element */
function build(element) {
  const list = make("ul", "json-rows");
  element.append(list);
  return { list };
}

function createRow() {
  const element = make("li", "json-row");
  const [key, text] = [make("span", "json-key"), make("code", "json-text")];
  element.append(key, text);
  return { element, key, text };
}
