// @ts-check
/** Icons of buttons, in the colour of the text. Every button also has a name. */

import { makeSvg } from "./dom.js";

/** Strokes on a grid of 16. */
const PATHS = {
  pause: "M5.5 3v10M10.5 3v10",
  play: "M5 3.2v9.6L12.5 8z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  help: "M5.8 6.1a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12.2v.3",
  menu: "M2.6 7.4h1.2v1.2H2.6zM7.4 7.4h1.2v1.2H7.4zM12.2 7.4h1.2v1.2h-1.2z",
  large: "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.3 2.7 9.5 6.5M2.7 13.3l3.8-3.8",
  small: "M13.5 6.5h-4v-4M2.5 9.5h4v4M9.7 6.3l3.8-3.8M6.3 9.7l-3.8 3.8",
  table: "M2.5 3.5h11v9h-11zM2.5 6.7h11M2.5 9.7h11M6.3 6.7v5.8",
  picture: "M2.5 3.5h11v9h-11zM4.5 10.5l2.4-3 2 2.2 1.4-1.5 1.6 2.3",
  save: "M8 2.5v7M5.2 7 8 9.8 10.8 7M3 12.8h10",
  link: "M6.8 9.2a2.3 2.3 0 0 0 3.3 0l2-2a2.3 2.3 0 0 0-3.3-3.3l-.9.9M9.2 6.8a2.3 2.3 0 0 0-3.3 0l-2 2a2.3 2.3 0 0 0 3.3 3.3l.9-.9",
  narrow: "M5.5 3.5h5v9h-5z",
  wide: "M2 5h12v6H2z",
  full: "M2 2.5h12v11H2z",
  left: "M13 8H3M7 4 3 8l4 4",
  right: "M3 8h10M9 4l4 4-4 4",
  show: "M1.8 8S4 4 8 4s6.2 4 6.2 4S12 12 8 12 1.8 8 1.8 8zM8 6.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
  hide: "M1.8 8S4 4 8 4s6.2 4 6.2 4S12 12 8 12 1.8 8 1.8 8zM3 13 13 3",
  reset: "M3.6 6a4.9 4.9 0 1 1-.4 3.4M3 2.6v3.6h3.6",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name @returns {SVGElement} */
export function iconOf(name) {
  const svg = makeSvg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" });
  svg.append(makeSvg("path", { d: PATHS[name] }));
  return svg;
}
