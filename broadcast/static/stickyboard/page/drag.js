// @ts-check
/** Moves a scene by dragging its head with a mouse or a pen. A finger scrolls, and uses the menu. */

const THRESHOLD_PX = 8;

/** @param {HTMLElement} scenes @param {(name: string, target: string) => void} onDrop */
export function watchDragging(scenes, onDrop) {
  scenes.addEventListener("pointerdown", (event) => {
    const element = /** @type {HTMLElement} */ (event.target);
    const scene = /** @type {HTMLElement | null | undefined} */ (element.closest(".scene-head")?.closest(".scene"));
    if (!scene || scene.dataset.size === "strip" || element.closest("button") || event.button !== 0 || event.pointerType === "touch") return;
    if (document.body.matches(".is-single, .is-presenting")) return;
    drag(scene, event, onDrop);
  });
}

/** @param {HTMLElement} scene @param {PointerEvent} start @param {(name: string, target: string) => void} onDrop */
function drag(scene, start, onDrop) {
  const listening = new AbortController();
  const options = { signal: listening.signal, capture: true };
  /** @type {HTMLElement | null} */
  let target = null;
  const aim = (/** @type {HTMLElement | null} */ next) => {
    target?.classList.remove("is-target");
    target = next;
    target?.classList.add("is-target");
  };
  const end = () => {
    listening.abort();
    aim(null);
    scene.classList.remove("is-dragged");
  };
  addEventListener("pointermove", ({ clientX, clientY }) => {
    if (!scene.matches(".is-dragged") && Math.hypot(clientX - start.clientX, clientY - start.clientY) < THRESHOLD_PX) return;
    scene.classList.add("is-dragged");
    const over = /** @type {HTMLElement | null | undefined} */ (document.elementFromPoint(clientX, clientY)?.closest("#scenes > .scene:not([data-size=strip])"));
    aim(over && over !== scene ? over : null);
  }, options);
  addEventListener("pointerup", () => {
    const name = target?.dataset.scene;
    end();
    if (name) onDrop(/** @type {string} */ (scene.dataset.scene), name);
  }, options);
  addEventListener("pointercancel", end, options);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end();
  }, options);
}
