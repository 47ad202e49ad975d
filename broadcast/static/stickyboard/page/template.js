// @ts-check
/** Texts with fields in braces: `"{user} paid {price:.2f}"`. `{{` and `}}` are braces. */

import { valueAt } from "./fields.js";
import { formatted, preciseText } from "./format.js";
import { isRightToLeft, isolated } from "./safe_text.js";

const PART = /\{\{|\}\}|\{([^{}:]+)(?::([^{}]*))?\}/g;
const MAX_LETTERS = 2000; // of one field
// Colours and cursor movements of terminals, which programs write into their logs.
const TERMINAL = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** @param {string} template @returns {(value: any) => string} fills it from an event's fields; "–" for a missing one */
export function templateOf(template) {
  /** @type {(string | {path: string, format: string | undefined})[]} */
  const parts = [];
  let from = 0;
  for (const { 0: match, 1: path, 2: format, index } of template.matchAll(PART)) {
    parts.push(template.slice(from, index), path === undefined ? match[0] : { path: path.trim(), format });
    from = index + match.length;
  }
  parts.push(template.slice(from));
  return (value) => parts.map((part) => (typeof part === "string" ? part : besides(fieldText(valueAt(value, part.path), part.format)))).join("");
}

/** @param {string} text @returns {string} isolated if it would reorder the text next to it */
function besides(text) {
  return isRightToLeft(text) && !/[\t\n\r]/.test(text) ? isolated(text) : text;
}

/** @param {any} field @param {string} [format] of numbers @returns {string} one text for a value of any type, bounded in length */
export function fieldText(field, format) {
  if (field === undefined || field === null) return "–";
  if (typeof field === "number") return format ? formatted(field, format) : preciseText(field);
  if (typeof field === "boolean") return field ? "yes" : "no";
  const text = typeof field === "string" ? field.replace(TERMINAL, "") : JSON.stringify(field);
  return text.length > MAX_LETTERS ? `${text.slice(0, MAX_LETTERS)}…` : text;
}
