// @ts-check
/** Tables as CSV, safe to open in a spreadsheet. */

import { valueText } from "./safe_text.js";

/**
 * @typedef {string | number | boolean | null | undefined} Cell
 * @typedef {{columns: string[], rows: Cell[][]}} Table
 */

const MUST_BE_QUOTED = /[",\r\n]/;
// Text that a spreadsheet may take for a formula, including after whitespace that it trims.
// Source: https://owasp.org/www-community/attacks/CSV_Injection
const MAY_BE_A_FORMULA = /^[\s\u00a0\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/**
 * Write a table as CSV.
 *
 * Text that a spreadsheet may take for a formula is prefixed with an apostrophe. Numbers stay numbers, including
 * negative ones.
 *
 * Source: RFC 4180. The byte order mark is for spreadsheets that would otherwise not detect UTF-8.
 * @param {Table} table
 * @returns {string} lines that end with CRLF; the first one has the column names
 */
export function csvOf({ columns, rows }) {
  const lines = [columns, ...rows].map((cells) => cells.map(csvCell).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** @param {Cell} cell */
function csvCell(cell) {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  const text = valueText(String(cell));
  const safe = MAY_BE_A_FORMULA.test(String(cell)) ? `'${text}` : text;
  return MUST_BE_QUOTED.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
