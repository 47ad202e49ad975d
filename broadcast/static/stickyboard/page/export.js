// @ts-check
/** A scene as a file: its table as CSV, its picture as PNG. */

export { csvOf } from "./csv.js";
export { pngOf } from "./dom_to_png.js";

/**
 * Name a file so that no system stumbles over it and a folder of them sorts by scene and time.
 * @param {string[]} parts such as board and scene
 * @param {Date} at
 * @param {string} extension
 * @returns {string} "main-model_metric-2026-01-31T12-05-09.csv"
 */
export function fileNameOf(parts, at, extension) {
  const words = parts.map((part) => part.replaceAll(/[^\p{L}\p{N}_]+/gu, "_").replaceAll(/^_+|_+$/g, "")).filter(Boolean);
  const time = at.toISOString().slice(0, 19).replaceAll(":", "-");
  return `${[...words, time].join("-")}.${extension}`;
}

/**
 * Hand a file to whoever watches.
 * @param {Blob} blob
 * @param {string} name
 */
export function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
