// @ts-check
/** Limits how often a function runs. Sans-I/O. */

/**
 * @param {() => void} run
 * @param {number} ms
 * @param {{nowMs: () => number, later: (run: () => void, ms: number) => void}} clock
 * @returns {() => void} runs it at once after a pause of `ms`, and otherwise once when `ms` have passed
 */
export function throttled(run, ms, { nowMs, later }) {
  let [ranMs, isWaiting] = [-Infinity, false];
  const runNow = () => {
    [ranMs, isWaiting] = [nowMs(), false];
    run();
  };
  return () => {
    if (isWaiting) return;
    const waitMs = ranMs + ms - nowMs();
    if (waitMs <= 0) return runNow();
    isWaiting = true;
    later(runNow, waitMs);
  };
}
