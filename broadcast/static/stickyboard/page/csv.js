// @ts-check
/** A table as CSV that spreadsheets open without running anything in it. Pure. */

import { valueText } from "./text.js";

/**
 * @typedef {string | number | boolean | null | undefined} Cell
 * @typedef {{columns: string[], rows: Cell[][]}} Table
 */

const MUST_BE_QUOTED = /[",\r\n]/;
// What a spreadsheet may take for a formula, also behind the blanks that it trims.
// Source: https://owasp.org/www-community/attacks/CSV_Injection
const MAY_BE_A_FORMULA = /^[\s\u00a0\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/**
 * Write a table as CSV.
 *
 * Texts that a spreadsheet might take for a formula get an apostrophe in front; numbers stay
 * numbers, negative ones too.
 *
 * Source: RFC 4180; the byte order mark is for spreadsheets that would else not see UTF-8.
 * @param {Table} table
 * @returns {string} lines that end with CRLF, the first one bearing the columns
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
