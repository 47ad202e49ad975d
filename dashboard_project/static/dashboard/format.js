// @ts-check
/** Numbers, sizes and ages as text. Pure. */

const grouped = new Intl.NumberFormat("en");
const significant = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** @param {number} count @returns {string} 12345 → "12,345" */
export function countText(count) {
  return grouped.format(count);
}

/** @param {number} number @returns {string} three digits that matter: 0.01234 → "0.0123" */
export function numberText(number) {
  return Math.abs(number) >= 1000 ? grouped.format(Math.round(number)) : significant.format(number);
}

/** @param {number} share @returns {string} 0.256 → "26 %" */
export function percentText(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {number} bytes @returns {string} 1536 → "1.54 kB" */
export function bytesText(bytes) {
  let unit = 0;
  let size = bytes;
  // 999.5 would be rounded to "1,000" of the smaller unit.
  while (size >= 999.5 && unit < BYTE_UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? grouped.format(size) : significant.format(size)} ${BYTE_UNITS[unit]}`;
}

/** @param {number} ageS seconds @returns {string} 75 → "1 min ago" */
export function ageText(ageS) {
  if (ageS < 5) return "just now";
  if (ageS < 60) return `${Math.floor(ageS)} s ago`;
  if (ageS < 3600) return `${Math.floor(ageS / 60)} min ago`;
  if (ageS < 86_400) return `${Math.floor(ageS / 3600)} h ago`;
  return `${Math.floor(ageS / 86_400)} d ago`;
}

/** @param {number} count @param {string} one @param {string} [many] @returns {string} "1 host", "2 hosts" */
export function plural(count, one, many = `${one}s`) {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** Names in the order people count: host-2 before host-10. @param {string} a @param {string} b */
export function byName(a, b) {
  return naturalOrder.compare(a, b);
}

const naturalOrder = new Intl.Collator("en", { numeric: true });
