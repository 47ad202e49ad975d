// @ts-check
/** The dialog of keyboard shortcuts, in which single-key shortcuts can be switched off. */

import { make } from "./dom.js";
import { SHORTCUTS } from "./keys.js";
import { loadSetting, saveSetting } from "./storage.js";

const KEYS = "single_keys";

/** Whether letters, digits and "?" are shortcuts. */
export function areSingleKeysOn() {
  return loadSetting(KEYS) !== "0";
}

/** Connect a checkbox to the stored setting. @param {HTMLInputElement} checkbox */
export function watchSingleKeys(checkbox) {
  checkbox.checked = areSingleKeysOn();
  checkbox.addEventListener("change", () => saveSetting(KEYS, checkbox.checked ? null : "0"));
}

/** @param {HTMLDialogElement} dialog */
export function toggleHelp(dialog) {
  const list = /** @type {HTMLElement} */ (dialog.querySelector("dl"));
  if (list.children.length === 0) list.append(...SHORTCUTS.flatMap(linesOf));
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

/** @param {{keys: string[], text: string}} shortcut */
function linesOf({ keys, text }) {
  const [names, meaning] = [make("dt"), make("dd", "", text)];
  keys.forEach((key, index) => names.append(index ? " " : "", make("kbd", "", key)));
  return [names, meaning];
}
