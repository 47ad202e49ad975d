// @ts-check
/** The sheet of shortcuts, where those of a single key can be switched off. */

import { make } from "./dom.js";
import { SHORTCUTS } from "./keys.js";
import { recall, remember } from "./storage.js";

const KEYS = "single_keys";

/** Whether letters, digits and "?" do anything on their own. */
export function areSingleKeysOn() {
  return recall(KEYS) !== "0";
}

/** @param {HTMLInputElement} box Let a checkbox say so, and remember it. */
export function watchSingleKeys(box) {
  box.checked = areSingleKeysOn();
  box.addEventListener("change", () => remember(KEYS, box.checked ? null : "0"));
}

/** @param {HTMLDialogElement} dialog Show the sheet, or close it. */
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
