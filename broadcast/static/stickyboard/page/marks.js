// @ts-check
/** The marks of the legend, as paths: so that a class is known without its colour. */

/** @typedef {(pen: CanvasRenderingContext2D, x: number, y: number, r: number) => void} Trace */

/** In the order of `MARKS` in palette.js. @type {Trace[]} */
export const TRACES = [
  (pen, x, y, r) => {
    pen.moveTo(x + r, y);
    pen.arc(x, y, r, 0, 2 * Math.PI);
  },
  (pen, x, y, r) => pen.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r),
  (pen, x, y, r) => polygon(pen, x, y, [[0, -r], [r, r], [-r, r]]),
  (pen, x, y, r) => polygon(pen, x, y, [[0, -1.2 * r], [1.2 * r, 0], [0, 1.2 * r], [-1.2 * r, 0]]),
  (pen, x, y, r) => polygon(pen, x, y, [[0, r], [r, -r], [-r, -r]]),
  (pen, x, y, r) => cross(pen, x, y, 1.2 * r, 0),
  (pen, x, y, r) => cross(pen, x, y, 1.2 * r, Math.PI / 4),
  (pen, x, y, r) => polygon(pen, x, y, star(1.4 * r)),
];

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number[][]} corners */
function polygon(pen, x, y, corners) {
  corners.forEach(([dx, dy], index) => (index ? pen.lineTo(x + dx, y + dy) : pen.moveTo(x + dx, y + dy)));
  pen.closePath();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x @param {number} y @param {number} r
 * @param {number} turn radians
 */
function cross(pen, x, y, r, turn) {
  const w = r / 3;
  const outline = [[-w, -r], [w, -r], [w, -w], [r, -w], [r, w], [w, w], [w, r], [-w, r], [-w, w], [-r, w], [-r, -w], [-w, -w]];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  polygon(pen, x, y, outline.map(([dx, dy]) => [dx * cos - dy * sin, dx * sin + dy * cos]));
}

/** @param {number} r @returns {number[][]} */
function star(r) {
  return Array.from({ length: 10 }, (_, corner) => {
    const reach = corner % 2 ? 0.45 * r : r;
    const angle = (corner * Math.PI) / 5 - Math.PI / 2;
    return [reach * Math.cos(angle), reach * Math.sin(angle)];
  });
}
