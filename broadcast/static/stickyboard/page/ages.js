// @ts-check
/** The age of a scene's newest value by the server's clock, and whether the scene is stale. */

import { dateTimeText } from "./times.js";

/**
 * @typedef {{text: string, isStale: boolean, title: string, came: string}} Age `came` has the time instead of the age
 * @param {number | null} changedAt time of the newest value, in seconds on the server's clock
 * @param {number} nowS on the server's clock
 * @param {number | null} staleAfterS null if values never become stale
 * @returns {Age} with an empty text if there is no value yet
 */
export function ageOf(changedAt, nowS, staleAfterS) {
  if (changedAt === null) return { text: "", isStale: false, title: "", came: "" };
  const ageS = Math.max(0, nowS - changedAt);
  const isStale = staleAfterS !== null && ageS > staleAfterS;
  const came = dateTimeText(changedAt);
  const title = `The newest value arrived at ${came}.${isStale ? ` A scene is stale after ${staleAfterS} s without a new value.` : ""}`;
  const marked = (/** @type {string} */ text) => (isStale ? `stale · ${text}` : text);
  return { text: marked(ageText(ageS)), isStale, title, came: marked(came) };
}

/**
 * @param {{staleAfterS?: number | null}[]} eventTypes of a scene
 * @returns {number | null} the longest limit, because one fresh value is enough for a scene
 */
export function staleAfterOf(eventTypes) {
  const limits = eventTypes.map(({ staleAfterS }) => staleAfterS ?? null);
  return limits.includes(null) ? null : Math.max(...limits.map(Number));
}

/**
 * A board is stale if no scene has received a value for longer than any of its scenes allows.
 * @param {{changedAt: number | null, staleAfterS: number | null}[]} scenes
 * @param {number} nowS on the server's clock
 * @returns {Omit<Age, "came">} with an empty text if the board is not stale, has no values, or no scene has a limit
 */
export function boardAgeOf(scenes, nowS) {
  const limits = scenes.filter(({ changedAt }) => changedAt !== null).map(({ staleAfterS }) => staleAfterS);
  const limitS = Math.max(...limits.filter((limit) => limit !== null).map(Number));
  const newest = Math.max(...scenes.map(({ changedAt }) => changedAt ?? -Infinity));
  const { isStale, title } = ageOf(newest, nowS, limitS);
  if (!Number.isFinite(limitS) || !isStale) return { text: "", isStale: false, title: "" };
  return { text: `all scenes stale · ${ageText(nowS - newest)}`, isStale, title };
}

/** @param {number} ageS seconds @returns {string} 75 → "1 min ago" */
export function ageText(ageS) {
  if (ageS < 5) return "just now";
  if (ageS < 60) return `${Math.floor(ageS)} s ago`;
  if (ageS < 3600) return `${Math.floor(ageS / 60)} min ago`;
  if (ageS < 86_400) return `${Math.floor(ageS / 3600)} h ago`;
  return `${Math.floor(ageS / 86_400)} d ago`;
}
