// @ts-check
/** The sheet of shortcuts. */

import { make } from "./dom.js";
import { SHORTCUTS } from "./keys.js";

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
