// @ts-check
/** What the page's classes are given of the browser: clocks, timers, storage and network. */

export const isHidden = () => document.visibilityState === "hidden";
export const nowMs = () => performance.now();

export const timers = {
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
};

export const reloading = {
  nowMs: Date.now,
  load: (/** @type {string} */ key) => sessionStorage.getItem(key),
  save: (/** @type {string} */ key, /** @type {string} */ value) => sessionStorage.setItem(key, value),
  reload: () => location.reload(),
};

export const network = {
  fetch: fetch.bind(globalThis),
  nextTask,
  timeout: (/** @type {number} */ ms) => AbortSignal.timeout(ms),
};

/** @returns {(run: () => void) => void} runs a function after the current animation frame was drawn */
export function afterFrames() {
  const drawn = new MessageChannel(); // a message posted in an animation frame arrives after it was drawn
  return (run) => {
    drawn.port1.onmessage = run;
    drawn.port2.postMessage(null);
  };
}

/** Let the browser react, and draw. @returns {Promise<void>} */
function nextTask() {
  // Not a timer, which a hidden page runs once a second.
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(null);
  });
}

/** Scroll the list of boards to the current one, if the bar has no room for all names. */
export function showCurrentBoard() {
  document.querySelector(".boards [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}
