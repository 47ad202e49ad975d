// @ts-check
/** Numbers, sizes and ages as text. Without Intl.NumberFormat: the first one of a page takes 20 ms. */

/** Unit, its seconds, the next smaller unit, its seconds, and the seconds below which it is used. @type {[string, number, string, number, number][]} */
const DURATIONS = [["min", 60, "s", 1, 3599.5], ["h", 3600, "min", 60, 86_370], ["d", 86_400, "h", 3600, Infinity]];
const FORMAT = /^(,?)(?:\.(\d+))?([fsed%]?)$/;
const PREFIXES = ["y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
// Beyond these, a reader would have to count zeros.
const [LARGE, SMALL] = [1e9, 1e-4];

/** @param {number} count @returns {string} 12345 → "12,345", 1e12 → "1×10¹²" */
export function countText(count) {
  return Math.abs(count) >= LARGE ? powerText(count, 3) : plainText(count);
}

/** @param {number} number @returns {string} three significant digits: 0.01234 → "0.0123" */
export function numberText(number) {
  if (isExtreme(number)) return powerText(number, 3);
  return Math.abs(number) >= 1000 ? plainText(Math.round(number)) : significantText(number, 3);
}

/** @param {number} number @returns {string} integers below 10¹⁷ whole, others with six significant digits */
export function preciseText(number) {
  if (Number.isInteger(number) && Math.abs(number) < 1e17) return plainText(number);
  return digitsText(number, 6);
}

/** @param {number} number @param {number} digits maximum number of significant digits, 1 to 17 @returns {string} */
export function digitsText(number, digits) {
  return isExtreme(number) ? powerText(number, digits) : significantText(number, digits);
}

/** @param {number} number that is not extreme, or an integer @returns {string} with at most three digits behind the point */
function plainText(number) {
  return withCommas(String(unsigned(Number.isInteger(number) ? number : Math.round(number * 1000) / 1000)));
}

/** @param {number} number that is not extreme @param {number} digits */
function significantText(number, digits) {
  return withCommas(String(unsigned(Number(number.toPrecision(digits)))));
}

/** @param {string} text of a number without an exponent */
function withCommas(text) {
  return text.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

/** @param {number} number */
function isExtreme(number) {
  return Math.abs(number) >= LARGE || (number !== 0 && Math.abs(number) < SMALL);
}

/** Turn negative zero into zero. @param {number} number */
function unsigned(number) {
  return number + 0;
}

/** @param {number} number @param {number} digits @param {boolean} [isShort] without zeros at the end @returns {string} 1.5e-9 → "1.5×10⁻⁹" */
function powerText(number, digits, isShort = true) {
  const [mantissa, power] = number.toExponential(digits - 1).split("e");
  return `${isShort ? mantissa.replace(/(?:\.0+|(\.\d*?)0+)$/, "$1") : mantissa}×10${[...power.replace("+", "")].map(superscript).join("")}`;
}

/** @param {string} character */
function superscript(character) {
  return character === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(character)];
}

/** @param {number} share @returns {string} 0.256 → "26 %", 0.001 → "<1 %" because it is more than nothing, and "–" for what is not a number */
export function percentText(share) {
  if (!Number.isFinite(share)) return "–";
  if (share > 0 && share < 0.005) return "<1 %";
  return Math.abs(share) < 1e19 ? `${countText(Math.round(share * 100))} %` : percentOf(share, 0, false);
}

/** @param {number} bytes @returns {string} 1536 → "1.54 kB" */
export function bytesText(bytes) {
  let unit = 0;
  let size = bytes;
  // 999.5 would be rounded to "1,000" in the smaller unit.
  while (size >= 999.5 && unit < BYTE_UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? plainText(size) : significantText(size, 3)} ${BYTE_UNITS[unit]}`;
}

/**
 * Format a number as an option says: in a subset of d3-format (`.3f`, `,d`, `.1%`, `.2s`, `.2e`), `bytes` or `duration`.
 * @param {unknown} value
 * @param {string} [format] three significant digits without one
 * @returns {string} "–" for what is not a number
 */
export function formatted(value, format = "") {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  if (format === "bytes") return value < 0 ? `-${bytesText(-value)}` : bytesText(value);
  if (format === "duration") return durationText(value);
  const [, comma, precision, type] = FORMAT.exec(format) ?? [];
  const digits = precision === undefined ? undefined : Number(precision);
  if (type === "e") return powerText(value, (digits ?? 6) + 1, false);
  if (type === "s") return prefixedText(value, digits ?? 3);
  if (type === "%") return percentOf(value, digits ?? 0, comma !== "");
  if (type) return fixedText(value, type === "d" ? 0 : (digits ?? 6), comma !== "");
  if (digits !== undefined) return digitsText(value, Math.max(1, Math.min(17, digits)));
  return comma ? groupedText(value) : numberText(value);
}

/** @param {number} value @param {number} digits behind the point @param {boolean} isGrouped @returns {string} 0.256 → "25.6 %" */
function percentOf(value, digits, isGrouped) {
  const percent = value * 100;
  // A hundred times the largest numbers is infinite.
  return Number.isFinite(percent) ? `${fixedText(percent, digits, isGrouped)} %` : `${powerText(value, 3)} × 100 %`;
}

/** @param {number} value @param {number} digits behind the point @param {boolean} isGrouped */
function fixedText(value, digits, isGrouped) {
  if (Math.abs(value) >= 1e21) return powerText(value, 3); // beyond it, toFixed has no fixed number of digits either
  const text = unsigned(value).toFixed(digits);
  const plain = Number(text) === 0 ? text.replace("-", "") : text;
  return isGrouped ? withCommas(plain) : plain;
}

/** @param {number} value @returns {string} all digits that a reader can use: 1234567.125 → "1,234,567.125" */
function groupedText(value) {
  return isExtreme(value) && !Number.isInteger(value) ? powerText(value, 12) : fixedText(value, 12, true).replace(/\.?0+$/, "");
}

/** @param {number} value @param {number} digits significant ones @returns {string} 42000000 → "42M" */
function prefixedText(value, digits) {
  // Round before the prefix is chosen: 999,999 is "1M", not "1000k".
  const [mantissa, power] = value.toExponential(Math.max(0, digits - 1)).split("e").map(Number);
  const step = Math.max(-8, Math.min(8, Math.floor(power / 3)));
  return `${digitsText(mantissa * 10 ** (power - 3 * step), Math.max(1, Math.min(17, digits)))}${PREFIXES[step + 8]}`;
}

/** @param {number} seconds @returns {string} 3725 → "1 h 2 min", 0.25 → "250 ms" */
export function durationText(seconds) {
  if (seconds < 0) return `-${durationText(-seconds)}`;
  if (seconds < 0.9995) return seconds === 0 ? "0 s" : `${numberText(seconds * 1000)} ms`;
  if (seconds < 59.5) return `${significantText(seconds, 3)} s`;
  const [unit, size, part, partSize] = DURATIONS.find(([, , , , below]) => seconds < below) ?? DURATIONS[2];
  const whole = Math.round(seconds / partSize) * partSize;
  const rest = Math.round((whole % size) / partSize);
  return `${countText(Math.floor(whole / size))} ${unit}${rest === 0 ? "" : ` ${rest} ${part}`}`;
}

/** @param {number} count @param {string} one @param {string} [many] @returns {string} "1 host", "2 hosts" */
export function plural(count, one, many = `${one}s`) {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** Natural order: host-2 before host-10. @param {string} a @param {string} b */
export function byName(a, b) {
  naturalOrder ??= new Intl.Collator("en", { numeric: true });
  return naturalOrder.compare(a, b);
}

/** The first one of a page takes 20 ms. @type {Intl.Collator | undefined} */
let naturalOrder;

/**
 * Remove the domain that all hosts share, to leave room for the part that differs.
 * @param {string[]} hosts
 * @returns {(host: string) => string}
 */
export function hostLabels(hosts) {
  const domains = new Set(hosts.map((host) => (host.includes(".") ? host.slice(host.indexOf(".")) : "")));
  const [domain] = domains;
  const isName = domain !== undefined && /[a-z]/i.test(domain); // "10.0.0.1" has no domain
  return domains.size === 1 && hosts.length > 1 && isName ? (host) => host.slice(0, -domain.length) : (host) => host;
}
