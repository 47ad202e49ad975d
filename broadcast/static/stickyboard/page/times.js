// @ts-check
/** Clock times, in the time zone of the browser. */

import { numberAt } from "./fields.js";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;
const STEPS_S = [
  ...[0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30], ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_S),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_S), ...[1, 2, 7, 14, 30, 90, 365, 3650].map((days) => days * DAY_S),
];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MAX_S = 8.64e12; // no later date exists

const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
// Without Intl.DateTimeFormat: the first one of a page takes 5 ms.
const minuteOf = (/** @type {Date} */ at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const secondOf = (/** @type {Date} */ at) => `${minuteOf(at)}:${two(at.getSeconds())}`;
const fractionOf = (/** @type {Date} */ at) => `${secondOf(at).slice(3)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
const dayOf = (/** @type {Date} */ at) => `${at.getDate()} ${MONTHS[at.getMonth()]}`;
const yearOf = (/** @type {Date} */ at) => `${MONTHS[at.getMonth()]} ${at.getFullYear()}`;

/** @param {number | null} atS seconds since 1970 @returns {string} "13:05:09", with the date if it is not today's (`nowS`) @param {number | null} [nowS] */
export function clockText(atS, nowS = atS) {
  if (atS === null || nowS === null || !isDate(atS)) return "–";
  const [at, now] = [new Date(atS * 1000), new Date(nowS * 1000)];
  const isToday = at.toDateString() === now.toDateString();
  return isToday ? secondOf(at) : `${dayOf(at)} ${secondOf(at)}`;
}

/**
 * @param {number} low seconds since 1970
 * @param {number} high
 * @param {number} most at least 1
 * @returns {{at: number, text: string}[]} at most `most` + 1 round clock times; the first one of a day is its date
 */
export function timeTicks(low, high, most) {
  if (!isDate(low) || !isDate(high)) return [];
  const stepS = STEPS_S.find((step) => step >= (high - low) / most) ?? (high - low) / most;
  const zoneS = -new Date(low * 1000).getTimezoneOffset() * MINUTE_S;
  const first = Math.ceil((low + zoneS) / stepS);
  const times = Array.from({ length: most + 1 }, (_, count) => (first + count) * stepS - zoneS);
  return times.filter((at) => at >= low && at <= high && isDate(at)).map((at) => ({ at, text: tickText(at, stepS) }));
}

/** @param {number} atS @param {number} stepS */
function tickText(atS, stepS) {
  const at = new Date(Math.round(atS * 1000));
  const isMidnight = stepS >= MINUTE_S && at.getHours() + at.getMinutes() === 0;
  if (stepS >= 90 * DAY_S) return yearOf(at);
  if (stepS >= DAY_S || isMidnight) return dayOf(at);
  return stepS >= MINUTE_S ? minuteOf(at) : stepS >= 1 ? secondOf(at) : fractionOf(at);
}

/** @param {number | null} atS @returns {string} "28 Nov"; "" if it is unknown */
export function dayText(atS) {
  return atS === null || !isDate(atS) ? "" : dayOf(new Date(atS * 1000));
}

/** @param {number} atS seconds since 1970 @returns {string} "28 Nov 2026 13:05:09" */
export function dateTimeText(atS) {
  const at = new Date(atS * 1000);
  return isDate(atS) ? `${at.getDate()} ${yearOf(at)} ${secondOf(at)}` : "–";
}

/** @param {number} atS seconds since 1970 @returns {string} such as "2026-01-31T13:05:09.250Z", for a table */
export function stampText(atS) {
  return isDate(atS) ? new Date(atS * 1000).toISOString() : "–";
}

/** @param {any} value @param {string} path @returns {number | null} seconds since 1970 at a path; null without a valid time */
export function secondsAt(value, path) {
  const at = numberAt(value, path);
  return at !== null && isDate(at) ? at : null;
}

/** @param {number} seconds */
function isDate(seconds) {
  return Math.abs(seconds) <= MAX_S;
}
