// @ts-check
/** On paper: light colours, one column that fills it (print.css), and when it was printed. */

/**
 * @param {HTMLElement} head which says when
 * @param {() => void} paintNow paint every scene at once, as no animation frame comes before the paper
 * @param {() => Date} now
 */
export function preparePaper(head, paintNow, now) {
  const root = document.documentElement;
  let theme = root.dataset.theme;
  const lookLike = (/** @type {string | undefined} */ shown, /** @type {boolean} */ isPrinting) => {
    root.dataset.theme = shown;
    root.classList.toggle("is-printing", isPrinting);
    paintNow();
  };
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    head.dataset.printedAt = `Printed ${now().toLocaleString([], { dateStyle: "medium", timeStyle: "medium" })}`;
    lookLike("light", true);
  });
  addEventListener("afterprint", () => lookLike(theme, false));
}
