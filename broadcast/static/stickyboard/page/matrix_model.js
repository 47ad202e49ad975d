// @ts-check
/** The cells of a matrix, from one event per cell or from one event with all counts. Nothing here touches the page. */

import { nameAt, numberOf, valueAt } from "./fields.js";
import { byName, countText, formatted, percentText, plural } from "./format.js";
import { rangeOf, shadeOf } from "./heat_scale.js";
import { chosenEntry } from "./one_entry.js";
import { letteredOf } from "./palette.js";
import { isolated } from "./safe_text.js";
import { factLine } from "./tooltip.js";
import { groupBy } from "./view.js";

// Of columns with whole numbers, such as steps, the newest rows and columns are drawn. Of those with names, the first.
export const MAX_STEPS = { rows: 24, columns: 40 };
const MAX_NAMES = 200;
const TOOLTIP_LINES = 6;

/**
 * @typedef {object} Options
 * @property {string} [row] @property {string} [column] @property {string} [category] @property {string} [value]
 * @property {string} [compare_to] @property {string} [shares] @property {string} [labels] @property {string} [counts]
 * @property {boolean} [normalize] @property {string} [row_title] @property {string} [column_title] @property {string} [format]
 * @property {[number, number]} [range]
 *
 * @typedef {import("./palette.js").Lettered} Category
 * @typedef {import("./cell_layout.js").Cell & {column: string, text: string, number: number | null, shade: number, category: Category | null,
 *   truth: Category | null, isWrong: boolean, value: any}} Cell `truth` is null if it is unknown, and `value` the event of this cell
 * @typedef {import("./cell_layout.js").Row<Cell>} Row
 * @typedef {{least: number, step: number}} Steps the number of the first column, and the difference to the next
 * @typedef {{rows: Row[], columns: string[] | Steps, units: number, categories: Map<string, Category>, range: [number, number] | null,
 *   totals: string[] | null, sentence: string, all: {rows: number, cells: number}, hidden: string}} Model `columns` are names or steps,
 *   `totals` are those of the columns and then that of all, `all` is what is stored, and `hidden` is a sentence on other events
 */

/** @param {Entry[]} entries @param {Options} options @param {Context} context @returns {Model} */
export function modelOf(entries, options, context) {
  return options.counts === undefined ? cellsModel(entries, options) : countsModel(entries, options, context);
}

/** @typedef {{row: string, column: string, step: number | null, value: any}} Found */

/** @param {Entry[]} entries @param {Options} options @returns {Model} */
function cellsModel(entries, options) {
  const found = foundIn(entries, options);
  const isSteps = found.length > 0 && found.every(({ step }) => step !== null);
  const groups = [...groupBy(found, ({ row }) => row)];
  // Rows of steps occur in the order of their first step; the newest is the first.
  const sorted = isSteps ? groups.reverse() : groups.sort(([a], [b]) => byName(a, b));
  const drawn = sorted.slice(0, isSteps ? MAX_STEPS.rows : MAX_NAMES);
  const cells = drawn.flatMap(([, each]) => each);
  const columns = isSteps ? stepsOf(cells) : [...new Set(cells.map(({ column }) => column))].sort(byName).slice(0, MAX_NAMES);
  const categories = categoriesOf(found, options);
  const numbers = options.value === undefined ? [] : cells.map(({ value }) => Number(valueAt(value, options.value)));
  const range = rangeOf(numbers, options.range);
  const rows = drawn.map(([name, cells]) => rowOf(name, cells, { columns, categories, range, options }));
  const last = rows.reduce((most, row) => Math.max(most, row.cells.at(-1)?.start ?? 0), 0);
  const units = Array.isArray(columns) ? columns.length : Math.min(MAX_STEPS.columns, last + 1);
  const all = { rows: groups.length, cells: found.length };
  return { rows, columns, units, categories, range, totals: null, sentence: sentenceOf(rows), all, hidden: "" };
}

/** @param {Entry[]} entries @param {Options} options @returns {Found[]} the newest event of each cell, in order of the first one */
function foundIn(entries, { row, column, category, value: number }) {
  /** @type {Map<string, Found>} */
  const found = new Map();
  for (const { value } of entries) {
    const [rowName, columnName] = [nameAt(value, row), nameAt(value, column)];
    const isDrawable = category === undefined ? Number.isFinite(valueAt(value, number)) : nameAt(value, category) !== null;
    if (rowName === null || columnName === null || !isDrawable) continue;
    const step = valueAt(value, column);
    found.set(JSON.stringify([rowName, columnName]), { row: rowName, column: columnName, step: Number.isSafeInteger(step) ? step : null, value });
  }
  return [...found.values()];
}

/** @param {Found[]} found @returns {Steps} so that no column is always empty, as 10, 20, 30 */
function stepsOf(found) {
  const steps = found.map(({ step }) => Number(step));
  const least = steps.reduce((low, step) => Math.min(low, step), Infinity);
  return { least, step: steps.reduce((divisor, step) => commonDivisor(divisor, step - least), 0) || 1 };
}

/** @param {number} a @param {number} b @returns {number} */
function commonDivisor(a, b) {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** @param {Found[]} found @param {Options} options @returns {Map<string, Category>} predicted and true ones */
function categoriesOf(found, { category, compare_to: truth }) {
  const paths = [category, truth].filter((path) => path !== undefined);
  return letteredOf(found.flatMap(({ value }) => paths.flatMap((path) => nameAt(value, path) ?? [])));
}

/** @param {string} name @param {Found[]} found @param {{columns: Model["columns"], categories: Model["categories"], range: Model["range"], options: Options}} matrix @returns {Row} */
function rowOf(name, found, { columns, categories, range, options }) {
  const places = Array.isArray(columns) ? new Map(columns.map((column, index) => [column, index])) : null;
  const cells = found.flatMap(({ column, step, value }) => {
    const start = Array.isArray(columns) ? places?.get(column) : (Number(step) - columns.least) / columns.step;
    return start === undefined ? [] : [cellOf(start, column, value, categories, range, options)];
  });
  cells.sort((a, b) => a.start - b.start);
  return { key: name, name, cells: Array.isArray(columns) ? cells : cells.filter(({ start }) => start > Number(cells.at(-1)?.start) - MAX_STEPS.columns) };
}

/** @param {number} start @param {string} column @param {any} value @param {Map<string, Category>} categories @param {[number, number] | null} range @param {Options} options @returns {Cell} */
function cellOf(start, column, value, categories, range, { category, value: path, compare_to: trueCategory, format }) {
  const number = path === undefined ? null : valueAt(value, path);
  const [own, truth] = [category, trueCategory].map((field) => categories.get(nameAt(value, field) ?? "") ?? null);
  const text = own ? own.letter : formatted(number, format);
  const shade = number === null || range === null ? 0 : shadeOf(number, range);
  return { id: start, start, end: start + 1, column, text, number, shade, category: own, truth, isWrong: truth !== null && truth !== own, value };
}

/** @param {Row[]} rows */
function sentenceOf(rows) {
  const cells = rows.flatMap((row) => row.cells);
  const known = cells.filter(({ truth }) => truth).length;
  const wrong = cells.filter(({ isWrong }) => isWrong).length;
  const compared = known ? `; ${countText(wrong)} of ${countText(known)} are wrong` : "";
  return `${plural(cells.length, "cell")} in ${plural(rows.length, "row")}${compared}`;
}

/**
 * @param {Entry[]} entries @param {Options} options @param {Context} context
 * @returns {{labels: string[], stored: number, numbers: (number | null)[][], sums: number[], totals: number[], hidden: string}} of one
 *   event: `sums` of the rows, and `totals` of the columns and then of all
 */
export function countsIn(entries, { labels: names, counts: path }, context) {
  const { entry, hidden } = chosenEntry(entries, context);
  const [found, counts] = [listOf(valueAt(entry?.value, names)), listOf(valueAt(entry?.value, path))];
  const labels = found.slice(0, MAX_NAMES).map(String);
  const numbers = labels.map((_, row) => labels.map((_, column) => numberOf(listOf(counts[row])[column])));
  const sums = numbers.map(sumOf);
  const totals = [...labels.map((_, column) => sumOf(numbers.map((row) => row[column]))), sumOf(sums)];
  return { labels, stored: found.length, numbers, sums, totals, hidden };
}

/** @param {(number | null)[]} numbers */
function sumOf(numbers) {
  return numbers.reduce((/** @type {number} */ sum, each) => sum + (each ?? 0), 0);
}

/** @param {Entry[]} entries @param {Options} options @param {Context} context @returns {Model} */
function countsModel(entries, options, context) {
  const { normalize = false, format } = options;
  const { labels: columns, stored, numbers, sums, totals, hidden } = countsIn(entries, options, context);
  const shareOf = (/** @type {number} */ number, /** @type {number} */ row) => (!normalize ? number : sums[row] === 0 ? 0 : number / sums[row]);
  const shares = numbers.flatMap((all, row) => all.flatMap((number) => (number === null ? [] : [shareOf(number, row)])));
  const range = rangeOf(shares, options.range ?? (normalize ? [0, 1] : undefined));
  // Formatting costs more than looking up, and the same counts occur often.
  /** @type {Map<number, string>} */
  const texts = new Map();
  const textOf = (/** @type {number} */ number) => {
    const text = texts.get(number) ?? formatted(number, format);
    texts.set(number, text);
    return text;
  };
  const rows = columns.map((name, row) => ({
    key: String(row),
    name,
    end: textOf(sums[row]),
    cells: numbers[row].flatMap((number, column) => {
      if (number === null || range === null) return [];
      const share = shareOf(number, row);
      const text = normalize ? percentText(share) : textOf(number);
      const shade = number === 0 ? 0 : shadeOf(share, range);
      return [{ id: column, start: column, end: column + 1, column: columns[column], text, number, shade, category: null, truth: null, isWrong: false, value: null }];
    }),
  }));
  const [right, total] = [sumOf(numbers.map((row, index) => row[index])), totals[columns.length]];
  const diagonal = total > 0 ? `; ${percentText(right / total)} on the diagonal` : "";
  const sentence = `${textOf(total)} in ${plural(columns.length, "row")}${diagonal}`;
  return { rows, columns, units: columns.length, categories: new Map(), range, totals: totals.map(textOf), sentence, all: { rows: stored, cells: shares.length }, hidden };
}

/** @param {unknown} value @returns {any[]} */
function listOf(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {Row} row @param {Cell} cell @param {Model} model @param {Options} options @returns {Tooltip} */
export function tooltipOf(row, cell, model, options) {
  const column = options.column_title ?? (Array.isArray(model.columns) ? "" : (options.column ?? ""));
  const title = `${isolated(row.name)} · ${column} ${isolated(cell.column)}`.replace("  ", " ");
  return { title, lines: cell.category ? categoryLines(cell, model, options) : numberLines(row, cell, options) };
}

/** @param {Cell} cell @param {Model} model @param {Options} options @returns {TooltipLine[]} the likeliest categories first, then the truth */
function categoryLines({ value, category, truth }, { categories }, { shares, compare_to: name }) {
  const found = Object.entries(valueAt(value, shares ?? "") ?? { [category?.name ?? ""]: null }).sort(([, a], [, b]) => b - a);
  const lines = found.slice(0, TOOLTIP_LINES).map(([name, share]) => {
    const { letter: symbol = "", colour = null } = categories.get(name) ?? {};
    return { symbol, colour, name, value: typeof share === "number" ? percentText(share) : "" };
  });
  if (found.length > TOOLTIP_LINES) lines.push(factLine(`and ${countText(found.length - TOOLTIP_LINES)} more`, ""));
  if (truth) lines.push({ symbol: truth.letter, colour: truth.colour, name: truth.name, value: name ?? "" });
  return lines;
}

/** @param {Row} row @param {Cell} cell @param {Options} options @returns {TooltipLine[]} */
function numberLines({ end }, { number, text }, { counts, value: path, normalize, format }) {
  if (counts === undefined) return [factLine(path ?? "", text)];
  return [factLine("count", formatted(number, format)), ...(normalize ? [factLine("share of row", text)] : []), factLine("total of row", end ?? "")];
}
