// @ts-check
/** Shows alerts in the bar and in the tab, announces them, and notifies the user where they asked for it. */

import { AlertNews, summaryOf, tabTitle } from "./alerts.js";
import { setAttribute, setText } from "./dom.js";
import { loadSetting, saveSetting } from "./storage.js";

const SETTING = "notifications";

/**
 * @typedef {object} Parts
 * @property {HTMLElement} badge
 * @property {Element} title of the tab
 * @property {HTMLLinkElement} icon with the icon of alerts in `data-alert`
 * @property {(sentence: string) => void} announce
 * @property {() => number} nowMs
 */

export class AlertView {
  #news = new AlertNews();
  #title;
  #parts;
  #plainIcon;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#title = parts.title.textContent ?? "";
    this.#plainIcon = parts.icon.getAttribute("href") ?? "";
  }

  /** @param {SceneView[]} views @param {boolean} isAllStale */
  show(views, isAllStale) {
    const { badge, icon } = this.#parts;
    const summary = summaryOf(views, isAllStale);
    badge.hidden = summary.text === "";
    setText(badge, summary.text);
    setAttribute(badge, "title", summary.title);
    setAttribute(badge, "data-state", summary.alerts > 0 ? "closed" : "offline");
    setText(this.#parts.title, tabTitle(this.#title, summary.alerts));
    setAttribute(icon, "href", (summary.alerts > 0 && icon.dataset.alert) || this.#plainIcon);
    for (const view of views) this.#report(view);
  }

  /** @param {SceneView} view */
  #report(view) {
    const text = this.#news.of(view, this.#parts.nowMs());
    if (text === "") return;
    this.#parts.announce(`Alert in ${view.title}: ${text}`);
    if (areNotificationsOn()) notify(`${view.title} · ${this.#title}`, text, view.name);
  }
}

function areNotificationsOn() {
  return loadSetting(SETTING) === "1" && globalThis.Notification?.permission === "granted";
}

/** @param {string} title @param {string} body @param {string} tag a newer notification with the same tag replaces it */
function notify(title, body, tag) {
  try {
    new Notification(title, { body, tag });
  } catch (error) {
    console.warn("The browser shows no notification.", error); // some phones allow them to service workers only
  }
}

/** Connect a checkbox to the setting; the browser asks the user at the click. @param {HTMLInputElement} checkbox @param {(sentence: string) => void} report */
export function watchNotifications(checkbox, report) {
  const label = /** @type {HTMLElement} */ (checkbox.parentElement);
  label.hidden = !("Notification" in globalThis);
  checkbox.checked = areNotificationsOn();
  checkbox.addEventListener("change", async () => {
    const isAllowed = checkbox.checked && (await Notification.requestPermission()) === "granted";
    if (checkbox.checked && !isAllowed) report("The browser does not allow notifications of this page; its settings can change that.");
    checkbox.checked = isAllowed;
    saveSetting(SETTING, isAllowed ? "1" : null);
  });
}
