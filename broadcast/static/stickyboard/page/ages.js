// @ts-check
/** How old what a scene shows is, by the server's clock, and whether that is too old. Pure. */

import { ageText } from "./format.js";

/**
 * @typedef {{text: string, isStale: boolean, title: string, came: string}} Age `came` says when instead of how long ago
 * @param {number | null} changedAt when the newest value came, in seconds on the server's clock
 * @param {number} nowS on the server's clock
 * @param {number | null} staleAfterS null where old values are as good as new ones
 * @returns {Age} without text where nothing has come yet
 */
export function ageOf(changedAt, nowS, staleAfterS) {
  if (changedAt === null) return { text: "", isStale: false, title: "", came: "" };
  const ageS = Math.max(0, nowS - changedAt);
  const isStale = staleAfterS !== null && ageS > staleAfterS;
  const came = new Date(changedAt * 1000).toLocaleString();
  const title = `The newest value came at ${came}.${isStale ? ` After ${staleAfterS} s without one it counts as stale.` : ""}`;
  const marked = (/** @type {string} */ text) => (isStale ? `stale · ${text}` : text);
  return { text: marked(ageText(ageS)), isStale, title, came: marked(came) };
}

/**
 * @param {{staleAfterS?: number | null}[]} eventTypes those of a scene
 * @returns {number | null} the longest, as one fresh value keeps a scene fresh
 */
export function staleAfterOf(eventTypes) {
  const limits = eventTypes.map(({ staleAfterS }) => staleAfterS ?? null);
  return limits.includes(null) ? null : Math.max(...limits.map(Number));
}

/**
 * Whether a board as a whole is stale: nothing new has come to any of its scenes for longer than any of them allows.
 * @param {{changedAt: number | null, staleAfterS: number | null}[]} scenes
 * @param {number} nowS on the server's clock
 * @returns {Omit<Age, "came">} without text where the board is not stale, has no values, or has only scenes that never are
 */
export function boardAgeOf(scenes, nowS) {
  const limits = scenes.filter(({ changedAt }) => changedAt !== null).map(({ staleAfterS }) => staleAfterS);
  const limitS = Math.max(...limits.filter((limit) => limit !== null).map(Number));
  const newest = Math.max(...scenes.map(({ changedAt }) => changedAt ?? -Infinity));
  const { isStale, title } = ageOf(newest, nowS, limitS);
  if (!Number.isFinite(limitS) || !isStale) return { text: "", isStale: false, title: "" };
  return { text: `all scenes stale · ${ageText(nowS - newest)}`, isStale, title };
}
