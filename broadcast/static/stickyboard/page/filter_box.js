// @ts-check
/** The input of the board's filter, and its place in the URL. */

import { setAttribute } from "./dom.js";
import { MAX_TEXT } from "./filter.js";
import { withParameters } from "./stage_url.js";

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
    input.value = (new URLSearchParams(location.search).get("filter") ?? "").slice(0, MAX_TEXT);
    if (input.value !== filter.text) apply(input.value);
  };
  input.hidden = filter.fields.length === 0;
  setAttribute(input, "title", `Show only entries whose ${filter.fields.join(", ")} contains this text (/)`);
  input.addEventListener("input", () => {
    history.replaceState(null, "", location.pathname + withParameters(location.search, { filter: input.value.trim() }));
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
