// @ts-check
/** Reports that the script of keys, buttons and menus could not be loaded, and loads it again when it is next needed. */

const FAILURE = "Keys, buttons and menus could not be loaded";

/**
 * Call it before the script can have failed.
 * @param {EventTarget} page where keys and clicks arrive
 * @param {EventTarget & {src: string}} script
 * @param {{load: (url: string) => Promise<unknown>, report: (error: Error) => void, notify: (sentence: string) => void}} options
 *   `report` is called once, and `notify` after each retry
 */
export function retryControls(page, script, { load, report, notify }) {
  let retries = 0;
  const listen = () => {
    const listening = new AbortController();
    const retry = async (/** @type {Event} */ event) => {
      if (!isUse(event)) return;
      listening.abort(); // until this retry has failed
      try {
        retries += 1;
        // A browser may remember that a module failed, so each retry has another URL.
        await load(`${script.src}?retry=${retries}`);
        notify("Keys, buttons and menus are loaded now. Try again.");
      } catch {
        notify(`${FAILURE}. Reload the page.`);
        listen();
      }
    };
    for (const type of ["keydown", "click"]) page.addEventListener(type, retry, { signal: listening.signal });
  };
  script.addEventListener("error", () => {
    report(new Error(FAILURE));
    listen();
  });
}

/** @param {Event} event @returns {boolean} whether it may be meant for what is not loaded: not while the user types */
function isUse({ type, target }) {
  const element = /** @type {Element | null} */ (target);
  return type === "click" ? Boolean(element?.closest?.("button")) : !element?.closest?.("input, textarea, select");
}
