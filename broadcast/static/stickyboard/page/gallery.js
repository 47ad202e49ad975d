// @ts-check
/** Moves the Python of each example below its scene. The gallery is a board without a socket. */

// The scenes are on the page after its first frame, which was requested before this one.
addEventListener("stickyboard-ready", () => requestAnimationFrame(moveExamples));

function moveExamples() {
  for (const code of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#examples > details"))) {
    const scene = document.querySelector(`.scene[data-scene="${code.dataset.example}"]`);
    if (!scene) continue;
    const example = document.createElement("div");
    example.className = "example";
    scene.before(example);
    example.append(scene, code);
  }
}
