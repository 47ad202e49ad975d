// @ts-check
/** Coming nearer to a figure and moving about in it: by wheel, by dragging, by keys and by buttons. */

import { askForPaint, make, setAttribute } from "./dom.js";

const [LEAST, MOST] = [1, 64];
const STEP = 1.5;
const MOVE = 0.1;
const HINT = "Plus and minus zoom, arrow keys move, 0 shows all.";

/** What part is seen. Pure; `x` and `y` say how far the middle is moved, in widths and heights. */
export class Zoom {
  factor = 1;
  x = 0;
  y = 0;

  /** @param {number} by @param {{x: number, y: number}} [at] what stays in its place, from the middle */
  scale(by, at = { x: 0, y: 0 }) {
    const factor = Math.min(MOST, Math.max(LEAST, this.factor * by));
    const ratio = factor / this.factor;
    this.x = at.x - (at.x - this.x) * ratio;
    this.y = at.y - (at.y - this.y) * ratio;
    this.factor = factor;
    this.move(0, 0);
  }

  /** @param {number} x @param {number} y Move, never farther than the edge of what there is. */
  move(x, y) {
    const most = (this.factor - 1) / 2;
    this.x = Math.min(most, Math.max(-most, this.x + x));
    this.y = Math.min(most, Math.max(-most, this.y + y));
  }

  reset() {
    Object.assign(this, { factor: 1, x: 0, y: 0 });
  }
}

/**
 * @param {string} key
 * @returns {((zoom: Zoom) => void) | undefined} what a key does
 */
export function actionOf(key) {
  /** @type {Record<string, (zoom: Zoom) => void>} */
  const actions = {
    "+": (zoom) => zoom.scale(STEP),
    "=": (zoom) => zoom.scale(STEP),
    "-": (zoom) => zoom.scale(1 / STEP),
    0: (zoom) => zoom.reset(),
    ArrowLeft: (zoom) => zoom.move(MOVE, 0),
    ArrowRight: (zoom) => zoom.move(-MOVE, 0),
    ArrowUp: (zoom) => zoom.move(0, MOVE),
    ArrowDown: (zoom) => zoom.move(0, -MOVE),
  };
  return Object.hasOwn(actions, key) ? actions[key] : undefined;
}

/**
 * Let hands zoom a figure; each change asks for a paint.
 * @param {import("./canvas.js").Figure} figure
 * @param {Zoom} zoom
 */
export function listenToZoom({ frame, canvas }, zoom) {
  const pointer = { at: /** @type {{x: number, y: number} | null} */ (null) };
  const buttons = buildButtons(canvas, zoom);
  frame.append(buttons.group);
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", HINT);
  frame.classList.add("is-zoomable");
  const changed = () => askForPaint(canvas);
  frame.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : actionOf(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(zoom);
    changed();
  });
  canvas.addEventListener("wheel", (event) => {
    if (!takesWheel(event, frame)) return;
    event.preventDefault();
    zoom.scale(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), fromMiddle(event, canvas));
    changed();
  }, { passive: false });
  canvas.addEventListener("dblclick", () => {
    zoom.reset();
    changed();
  });
  listenToPointer(canvas, zoom, pointer);
  return { pointer, buttons };
}

/** The wheel of a page that scrolls belongs to the page, until the figure was chosen. @param {WheelEvent} event @param {HTMLElement} frame */
function takesWheel(event, frame) {
  const { scrollHeight, clientHeight } = document.documentElement;
  return event.ctrlKey || scrollHeight <= clientHeight || frame.contains(document.activeElement);
}

/** @param {MouseEvent} event @param {HTMLElement} element @returns {{x: number, y: number}} in widths and heights */
function fromMiddle({ clientX, clientY }, element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: (clientX - left) / width - 0.5, y: (clientY - top) / height - 0.5 };
}

/** @param {HTMLCanvasElement} canvas @param {Zoom} zoom @param {{at: {x: number, y: number} | null}} pointer */
function listenToPointer(canvas, zoom, pointer) {
  canvas.addEventListener("pointerdown", (event) => event.button === 0 && zoom.factor > 1 && canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    const isDragged = canvas.hasPointerCapture(event.pointerId);
    if (isDragged) zoom.move(event.movementX / canvas.clientWidth, event.movementY / canvas.clientHeight);
    pointer.at = isDragged ? null : { x: event.offsetX, y: event.offsetY };
    askForPaint(canvas);
  });
  canvas.addEventListener("pointerleave", () => {
    pointer.at = null;
    askForPaint(canvas);
  });
}

/** @param {HTMLElement} canvas @param {Zoom} zoom */
function buildButtons(canvas, zoom) {
  const group = make("div", "zoom-buttons");
  group.toggleAttribute("data-no-picture", true);
  const add = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {string} */ key) => {
    const button = /** @type {HTMLButtonElement} */ (make("button", "zoom-button", sign));
    button.type = "button";
    setAttribute(button, "title", name);
    setAttribute(button, "aria-label", name);
    button.addEventListener("click", () => {
      actionOf(key)?.(zoom);
      askForPaint(canvas);
    });
    group.append(button);
    return button;
  };
  return { group, nearer: add("+", "Zoom in", "+"), farther: add("−", "Zoom out", "-"), all: add("⤢", "Show all", "0") };
}

/** @param {ReturnType<typeof buildButtons>} buttons @param {Zoom} zoom */
export function paintZoom({ nearer, farther, all }, { factor }) {
  nearer.disabled = factor >= MOST;
  farther.disabled = all.disabled = factor <= LEAST;
}
