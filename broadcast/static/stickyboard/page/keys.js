// @ts-check
/** Which key does what. Pure; off while somebody types, and where a key belongs to what has the focus. */

/**
 * @typedef {"pause" | "next" | "previous" | "all" | "leave" | "present" | "fullscreen" | "theme" | "help"} Action
 * @typedef {{key: string, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean, defaultPrevented?: boolean,
 *   target?: any}} Press
 */

/** As the sheet of shortcuts shows them. @type {{keys: string[], action: Action | "scene", text: string}[]} */
export const SHORTCUTS = [
  { keys: ["Space"], action: "pause", text: "Pause, and go on; what comes meanwhile is counted and kept" },
  { keys: ["7", "1 3"], action: "scene", text: "Show one scene large, by its number" },
  { keys: ["→", "←"], action: "next", text: "Next and last scene, when one is shown large" },
  { keys: ["0"], action: "all", text: "Show all scenes, and leave the presentation" },
  { keys: ["Esc"], action: "leave", text: "Close what is open: a menu, a tip; where nothing is, show all scenes" },
  { keys: ["P"], action: "present", text: "Presentation: no bar, larger type" },
  { keys: ["F"], action: "fullscreen", text: "Fill the screen, and leave it" },
  { keys: ["T"], action: "theme", text: "Dark or light colours" },
  { keys: ["?"], action: "help", text: "Show these shortcuts" },
];

/** @type {Record<string, Action>} */
const ACTIONS = {
  " ": "pause",
  ArrowRight: "next",
  ArrowLeft: "previous",
  0: "all",
  Escape: "leave",
  p: "present",
  f: "fullscreen",
  t: "theme",
  "?": "help",
};

/** What takes letters and digits for itself; what takes arrows; and what Space presses. */
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
 * Whether it is one that who speaks to the computer, or touches keys by mistake, can switch off.
 * Source: WCAG 2.2, 2.1.4 Character Key Shortcuts.
 * @param {Press} press
 */
export function isSingleKey({ key }) {
  return key.length === 1 && key !== " ";
}

/** @param {Press} press @returns {string | null} the digit that was pressed; 0 is no beginning of a number */
export function digitOf(press) {
  return isOurs(press) && /^[0-9]$/.test(press.key) ? press.key : null;
}

/** @param {Press} press */
function isOurs({ ctrlKey, altKey, metaKey, defaultPrevented, target }) {
  return !(ctrlKey || altKey || metaKey || defaultPrevented || target?.closest?.(TYPED_INTO));
}

export const DIGITS_MS = 1200;

/** Digits typed one after the other: "1", "3" is scene 13, and "1" alone waits whether more comes. */
export class Digits {
  #typed = "";
  #atMs = 0;

  /**
   * @param {string} digit
   * @param {number[]} numbers that there are
   * @param {number} nowMs
   * @returns {number | "more" | null} a number, "more" where one may still become of it, null where none can
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
