// @ts-check
/** A polite live region that announces only the newest sentence of each subject, once none has followed for a while. */

import { safeText } from "./safe_text.js";

export const QUIET_MS = 1000;

/**
 * @param {{textContent: string | null}} region
 * @param {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} timers
 * @returns {(sentence: string, subject?: string) => void} a sentence replaces an earlier one of the same subject
 */
export function announcer(region, timers) {
  /** @type {any} */
  let timer = null;
  /** @type {Map<string, string>} */
  const pending = new Map();
  const speak = () => {
    region.textContent = [...pending.values()].reduce((text, next) => `${text}${/[.?!]$/.test(text) ? " " : "; "}${next}`);
    pending.clear();
  };
  return (sentence, subject = "") => {
    pending.set(subject, safeText(sentence));
    timers.clearTimeout(timer);
    timer = timers.setTimeout(speak, QUIET_MS);
  };
}
