// @ts-check
/** Zooms and pans a figure with the wheel, by dragging, with keys and with buttons. */

import { listenToKeys, makeRow, requestPaint, requestPaintNow } from "./dom.js";

const [MIN, MAX] = [1, 64];
const STEP = 1.5;
const MOVE = 0.1;
const HINT = "Plus and minus zoom, arrow keys pan, 0 shows everything.";

/** @typedef {{scale: (by: number) => void, move: (x: number, y: number) => void, reset: () => void}} Zoomable */

/** The visible part of a figure; `x` and `y` are the offset of its centre, in widths and heights. */
export class Zoom {
  factor = 1;
  x = 0;
  y = 0;
  /** The part of the figure that is zoomed, in CSS pixels; null for all of it. @type {{left: number, top: number, width: number, height: number} | null} */
  area = null;

  /** @param {number} by @param {{x: number, y: number}} [at] fixed point, relative to the centre */
  scale(by, at = { x: 0, y: 0 }) {
    const factor = Math.min(MAX, Math.max(MIN, this.factor * by));
    const ratio = factor / this.factor;
    this.x = at.x - (at.x - this.x) * ratio;
    this.y = at.y - (at.y - this.y) * ratio;
    this.factor = factor;
    this.move(0, 0);
  }

  /** Pan, no further than the edge of the figure. @param {number} x @param {number} y */
  move(x, y) {
    const most = (this.factor - 1) / 2;
    this.x = Math.min(most, Math.max(-most, this.x + x));
    this.y = Math.min(most, Math.max(-most, this.y + y));
  }

  reset() {
    Object.assign(this, { factor: 1, x: 0, y: 0 });
  }
}

/** @type {Record<string, (zoom: Zoomable) => void>} */
const ACTIONS = {
  "+": (zoom) => zoom.scale(STEP),
  "=": (zoom) => zoom.scale(STEP),
  "-": (zoom) => zoom.scale(1 / STEP),
  0: (zoom) => zoom.reset(),
  ArrowLeft: (zoom) => zoom.move(MOVE, 0),
  ArrowRight: (zoom) => zoom.move(-MOVE, 0),
  ArrowUp: (zoom) => zoom.move(0, MOVE),
  ArrowDown: (zoom) => zoom.move(0, -MOVE),
};

/** @param {string} key @param {Zoomable} zoom @returns {boolean} whether the key has a meaning */
export function acts(key, zoom) {
  const isKnown = Object.hasOwn(ACTIONS, key);
  if (isKnown) ACTIONS[key](zoom);
  return isKnown;
}

/** Connect a figure's input events to its zoom; each change requests a paint. @param {Figure} figure @param {Zoom} zoom */
export function listenToZoom({ frame, canvas }, zoom) {
  const pointer = { at: /** @type {{x: number, y: number} | null} */ (null) };
  const buttons = buildButtons(canvas, zoom);
  frame.append(buttons.group);
  frame.classList.add("is-zoomable");
  listenToKeys(frame, HINT, (key) => acts(key, zoom));
  canvas.addEventListener("wheel", (event) => {
    if (!zoomsOnWheel(event, frame)) return;
    event.preventDefault();
    zoom.scale(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), fromCentre(event, canvas, zoom));
    requestPaintNow(canvas);
  }, { passive: false });
  canvas.addEventListener("dblclick", () => {
    zoom.reset();
    requestPaintNow(canvas);
  });
  listenToPointer(canvas, zoom, pointer);
  return { pointer, buttons };
}

/** On a page that scrolls, the wheel zooms only a focused figure. @param {WheelEvent} event @param {HTMLElement} frame */
function zoomsOnWheel(event, frame) {
  const { scrollHeight, clientHeight } = document.documentElement;
  return event.ctrlKey || scrollHeight <= clientHeight || frame.contains(document.activeElement);
}

/** @param {MouseEvent} event @param {HTMLElement} element @param {Zoom} zoom @returns {{x: number, y: number}} in widths and heights */
function fromCentre({ clientX, clientY }, element, { area }) {
  const box = element.getBoundingClientRect();
  const { left, top, width, height } = area ?? { left: 0, top: 0, width: box.width, height: box.height };
  return { x: (clientX - box.left - left) / width - 0.5, y: (clientY - box.top - top) / height - 0.5 };
}

/** @param {HTMLCanvasElement} canvas @param {Zoom} zoom @param {{at: {x: number, y: number} | null}} pointer */
function listenToPointer(canvas, zoom, pointer) {
  canvas.addEventListener("pointerdown", (event) => event.button === 0 && zoom.factor > 1 && canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    const isDragged = canvas.hasPointerCapture(event.pointerId);
    if (isDragged) zoom.move(event.movementX / (zoom.area?.width ?? canvas.clientWidth), event.movementY / (zoom.area?.height ?? canvas.clientHeight));
    pointer.at = isDragged ? null : { x: event.offsetX, y: event.offsetY };
    requestPaint(canvas);
  });
  canvas.addEventListener("pointerleave", () => {
    pointer.at = null;
    requestPaint(canvas);
  });
}

/** @param {HTMLElement} figure @param {Zoomable} zoom */
export function buildButtons(figure, zoom) {
  const { element: group, ...buttons } = makeRow("div.zoom-buttons[data-no-picture]", {
    zoomIn: "button.zoom-button[type=button][title=Zoom in][aria-label=Zoom in] +",
    zoomOut: "button.zoom-button[type=button][title=Zoom out][aria-label=Zoom out] −",
    all: "button.zoom-button[type=button][title=Show everything][aria-label=Show everything] ⤢",
  });
  for (const [button, key] of /** @type {const} */ ([[buttons.zoomIn, "+"], [buttons.zoomOut, "-"], [buttons.all, "0"]])) {
    button.addEventListener("click", () => {
      acts(key, zoom);
      requestPaintNow(figure);
    });
  }
  return { group, ...buttons };
}

/** @param {ReturnType<typeof buildButtons>} buttons @param {{factor: number}} zoom */
export function paintZoom({ zoomIn, zoomOut, all }, { factor }) {
  zoomIn.disabled = factor >= MAX;
  zoomOut.disabled = all.disabled = factor <= MIN;
}
