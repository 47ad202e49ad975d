// @ts-check
/** The legend's marks as canvas paths, so that a class can be recognised without its colour. */

/** @typedef {(ctx: CanvasRenderingContext2D, x: number, y: number, r: number) => void} Trace */

/** In the order of `MARKS` in palette.js. @type {Trace[]} */
export const TRACES = [
  (ctx, x, y, r) => {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  },
  (ctx, x, y, r) => ctx.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r),
  (ctx, x, y, r) => polygon(ctx, x, y, [[0, -r], [r, r], [-r, r]]),
  (ctx, x, y, r) => polygon(ctx, x, y, [[0, -1.2 * r], [1.2 * r, 0], [0, 1.2 * r], [-1.2 * r, 0]]),
  (ctx, x, y, r) => polygon(ctx, x, y, [[0, r], [r, -r], [-r, -r]]),
  (ctx, x, y, r) => cross(ctx, x, y, 1.2 * r, 0),
  (ctx, x, y, r) => cross(ctx, x, y, 1.2 * r, Math.PI / 4),
  (ctx, x, y, r) => polygon(ctx, x, y, star(1.4 * r)),
];

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number[][]} corners */
function polygon(ctx, x, y, corners) {
  corners.forEach(([dx, dy], index) => (index ? ctx.lineTo(x + dx, y + dy) : ctx.moveTo(x + dx, y + dy)));
  ctx.closePath();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} r @param {number} turn radians */
function cross(ctx, x, y, r, turn) {
  const w = r / 3;
  const outline = [[-w, -r], [w, -r], [w, -w], [r, -w], [r, w], [w, w], [w, r], [-w, r], [-w, w], [-r, w], [-r, -w], [-w, -w]];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  polygon(ctx, x, y, outline.map(([dx, dy]) => [dx * cos - dy * sin, dx * sin + dy * cos]));
}

/** @param {number} r @returns {number[][]} */
function star(r) {
  return Array.from({ length: 10 }, (_, corner) => {
    const reach = corner % 2 ? 0.45 * r : r;
    const angle = (corner * Math.PI) / 5 - Math.PI / 2;
    return [reach * Math.cos(angle), reach * Math.sin(angle)];
  });
}
