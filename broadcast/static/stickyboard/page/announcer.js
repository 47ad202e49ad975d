// @ts-check
/** A polite live region that announces only the newest sentence, once none has followed for a while. */

import { safeText } from "./safe_text.js";

export const QUIET_MS = 1000;

/**
 * @param {{textContent: string | null}} region
 * @param {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} timers
 * @returns {(sentence: string) => void}
 */
export function announcer(region, timers) {
  /** @type {any} */
  let timer = null;
  return (sentence) => {
    timers.clearTimeout(timer);
    timer = timers.setTimeout(() => (region.textContent = safeText(sentence)), QUIET_MS);
  };
}
