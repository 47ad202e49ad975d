// @ts-check
/** Names and saves files. */

/**
 * Build a file name that is valid on every system and sorts by scene and time.
 * @param {string[]} parts such as board and scene
 * @param {Date} at
 * @param {string} extension
 * @returns {string} "main-loss-2026-01-31T12-05-09.csv"
 */
export function fileNameOf(parts, at, extension) {
  const names = parts.map((part) => part.replaceAll(/[^\p{L}\p{N}_]+/gu, "_").replaceAll(/^_+|_+$/g, "")).filter(Boolean);
  const time = at.toISOString().slice(0, 19).replaceAll(":", "-");
  return `${[...names, time].join("-")}.${extension}`;
}

/** Let the browser download a file. @param {Blob} blob @param {string} name */
export function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download reads the URL after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
