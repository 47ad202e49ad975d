// @ts-check
/** Alerts of a board: what the bar, the tab and notifications say about them. */

import { plural } from "./format.js";
import { shortText } from "./safe_text.js";
import { rank } from "./thresholds.js";

/** @typedef {{title: string, alerts: Alert[], isStale: boolean}} SceneState */

export const MAX_ALERTS = 100; // per scene
const MAX_LISTED = 8;

/** @param {any} model of a scene @returns {Alert[]} bounded, alerts before warnings */
export function alertsOf(model) {
  /** @type {Alert[]} */
  const alerts = Array.isArray(model?.alerts) ? model.alerts.slice(0, MAX_ALERTS).filter((/** @type {any} */ alert) => typeof alert?.text === "string") : [];
  return alerts.map((alert) => ({ ...alert, text: shortText(alert.text) })).sort((a, b) => rank(a) - rank(b));
}

/** @param {Alert[]} alerts @returns {string} the first alert in words, and how many more there are; "" without any */
export function markOf(alerts) {
  if (alerts.length === 0) return "";
  return alerts.length === 1 ? alerts[0].text : `${alerts[0].text} · +${alerts.length - 1}`;
}

/**
 * @param {SceneState[]} scenes
 * @param {boolean} [isAllStale] whether another badge states this
 * @returns {{alerts: number, text: string, title: string}} "2 alerts · 1 stale of 7", or "" if all is well
 */
export function summaryOf(scenes, isAllStale = false) {
  const all = scenes.flatMap(({ title, alerts }) => alerts.map((alert) => ({ ...alert, text: `${title}: ${alert.text}` })));
  const alerts = all.filter(({ level }) => level === "alert").length;
  const stale = scenes.filter(({ isStale }) => isStale).length;
  const parts = [
    alerts && plural(alerts, "alert"),
    all.length - alerts && plural(all.length - alerts, "warning"),
    !isAllStale && stale && `${stale} stale of ${scenes.length}`,
  ];
  const listed = all.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_LISTED).map(({ text }) => text);
  const more = all.length - listed.length;
  return { alerts, text: parts.filter(Boolean).join(" · "), title: [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join("\n") };
}

/** @param {string} title of the page @param {number} alerts @returns {string} of the tab */
export function tabTitle(title, alerts) {
  return alerts === 0 ? title : `⚠ ${plural(alerts, "alert")} · ${title}`;
}

/** Decides when an alert is news: if a scene has more alerts than were reported. At most once a minute per scene, so a later one waits. */
export class AlertNews {
  /** Alerts that were reported and have not ended @type {Map<string, number>} */
  #counts = new Map();
  /** @type {Map<string, number>} */
  #reportedMs = new Map();

  /** @param {{name: string, alerts: Alert[]}} scene @param {number} nowMs @returns {string} the text to report; "" if there is no news */
  of({ name, alerts }, nowMs) {
    const count = alerts.filter(({ level }) => level === "alert").length;
    const known = Math.min(count, this.#counts.get(name) ?? 0);
    const isNews = count > known && nowMs - (this.#reportedMs.get(name) ?? -Infinity) >= 60_000;
    this.#counts.set(name, isNews ? count : known);
    if (!isNews) return "";
    this.#reportedMs.set(name, nowMs);
    return markOf(alerts);
  }
}
