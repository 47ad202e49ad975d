// @ts-check
/** Lines from one point to its neighbours, over the points that were drawn. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./points.js").Points} points
 * @param {import("./points.js").Place} place where they were drawn
 * @param {number} from
 * @param {number[]} to
 */
export function drawLinks(canvas, points, place, from, to) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const at = (/** @type {number} */ index) => place.toScreen(points.xs[index], points.ys[index]);
  const style = getComputedStyle(canvas);
  pen.strokeStyle = style.getPropertyValue("--text");
  pen.lineWidth = Math.max(1.5, parseFloat(style.getPropertyValue("--text-m")) / 9);
  pen.beginPath();
  for (const index of to) {
    pen.moveTo(...at(from));
    pen.lineTo(...at(index));
  }
  pen.stroke();
}
