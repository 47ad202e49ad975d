// @ts-check
/** Keyboard shortcuts. They are off while the user types, and if the focused element uses the key itself. */

/**
 * @typedef {"pause" | "next" | "previous" | "all" | "leave" | "present" | "fullscreen" | "theme" | "filter" | "help"} Action
 * @typedef {{key: string, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean, defaultPrevented?: boolean,
 *   target?: any}} Press
 */

/** The help dialog of board.html lists them. @type {Record<string, Action>} */
const ACTIONS = {
  " ": "pause",
  ArrowRight: "next",
  ArrowLeft: "previous",
  0: "all",
  Escape: "leave",
  p: "present",
  f: "fullscreen",
  t: "theme",
  "/": "filter",
  "?": "help",
};

/** Elements that use letters and digits, elements that use arrow keys, and elements that Space activates. */
const TYPED_INTO = "input:not([type='radio']), textarea, select, [contenteditable], dialog";
const MOVED_IN = "[popover]";
const PRESSED = "button, a, summary, [role='button'], input";

/** @param {Press} press @returns {Action | null} */
export function actionOf(press) {
  if (!isOurs(press)) return null;
  if (press.key === " " && press.target?.closest?.(PRESSED)) return null;
  if (press.key.startsWith("Arrow") && press.target?.closest?.(MOVED_IN)) return null;
  return ACTIONS[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
}

/**
 * Whether users of speech input, and users who press keys by mistake, can switch the shortcut off.
 * Source: WCAG 2.2, 2.1.4 Character Key Shortcuts.
 * @param {Press} press
 */
export function isSingleKey({ key }) {
  return key.length === 1 && key !== " ";
}

/** @param {Press} press @returns {string | null} the digit that was pressed */
export function digitOf(press) {
  return isOurs(press) && /^[0-9]$/.test(press.key) ? press.key : null;
}

/** @param {Press} press */
function isOurs({ ctrlKey, altKey, metaKey, defaultPrevented, target }) {
  return !(ctrlKey || altKey || metaKey || defaultPrevented || target?.closest?.(TYPED_INTO));
}

export const DIGITS_MS = 1200;

/** Combines digits into a scene number: "1" and "3" select scene 13; "1" alone waits for another digit. */
export class Digits {
  #typed = "";
  #atMs = 0;

  /**
   * @param {string} digit
   * @param {number[]} numbers of the scenes
   * @param {number} nowMs
   * @returns {number | "more" | null} a scene's number, "more" if another digit may complete one, null if none can
   */
  press(digit, numbers, nowMs) {
    const before = nowMs - this.#atMs <= DIGITS_MS ? this.#typed : "";
    const typed = [before + digit, digit].find((text) => numbers.some((number) => `${number}`.startsWith(text)));
    this.#typed = typed ?? "";
    this.#atMs = nowMs;
    if (typed === undefined) return null;
    const exact = numbers.find((number) => `${number}` === typed);
    return exact ?? "more";
  }
}
