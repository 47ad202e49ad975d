// @ts-check
/** The dialog of keyboard shortcuts, in which single-key shortcuts can be switched off. */

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
  if (dialog.open) dialog.close();
  else dialog.showModal();
}
