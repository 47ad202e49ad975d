// @ts-check
/** Printing: light theme, one column (print.css), and the time of printing. */

/**
 * @param {HTMLElement} head gets the time of printing
 * @param {() => void} paintNow paints every scene at once, because no animation frame runs before printing
 * @param {() => Date} now
 */
export function preparePrinting(head, paintNow, now) {
  const root = document.documentElement;
  let theme = root.dataset.theme;
  const apply = (/** @type {string | undefined} */ next, /** @type {boolean} */ isOnPaper) => {
    root.dataset.theme = next;
    root.classList.toggle("is-printing", isOnPaper);
    paintNow();
  };
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    head.dataset.printedAt = `Printed ${now().toLocaleString([], { dateStyle: "medium", timeStyle: "medium" })}`;
    apply("light", true);
  });
  addEventListener("afterprint", () => apply(theme, false));
}

/** Whether the page is painted for paper: whole, because paper neither scrolls nor has a next frame. */
export function isPrinting() {
  return document.documentElement.classList.contains("is-printing");
}
