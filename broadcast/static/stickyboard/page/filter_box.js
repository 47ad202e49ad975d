// @ts-check
/** The input of the board's filter, and its place in the URL. */

import { setAttribute } from "./dom.js";
import { readFilter, withFilter } from "./filter.js";

/**
 * @param {HTMLInputElement} input
 * @param {import("./filter.js").Filter} filter
 * @param {{source: () => import("./filter.js").Source, repaint: () => void}} board
 */
export function watchFilter(input, filter, { source, repaint }) {
  const apply = (/** @type {string} */ text) => {
    filter.set(text, source());
    document.body.classList.toggle("is-filtered", filter.text !== "");
    repaint();
  };
  const read = () => {
    input.value = readFilter(location.search);
    if (input.value !== filter.text) apply(input.value);
  };
  input.hidden = filter.fields.length === 0;
  setAttribute(input, "title", `Show only entries whose ${filter.fields.join(", ")} contains this text (/)`);
  input.addEventListener("input", () => {
    history.replaceState(null, "", location.pathname + withFilter(location.search, input.value.trim()));
    apply(input.value);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    input.value = "";
    input.dispatchEvent(new Event("input"));
    input.blur();
  });
  addEventListener("popstate", read);
  read();
}
