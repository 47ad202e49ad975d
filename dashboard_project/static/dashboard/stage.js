// @ts-check
/** What is on the stage: all scenes or one, with or without the page's chrome; and its address. Pure. */

/**
 * @typedef {{scene: string | null, isPresenting: boolean}} Stage `scene` null for all of them
 * @typedef {{name: string, number: number | null}} Named
 */

/** How a scene is called in an address: by its number, where it has one. @param {Named} scene */
export function addressOf({ name, number }) {
  return String(number ?? name);
}

/**
 * @param {string} search an address's query
 * @param {Named[]} scenes
 * @returns {Stage} a scene that the board does not have is left out
 */
export function readStage(search, scenes) {
  const query = new URLSearchParams(search);
  const wanted = query.get("scene");
  const scene = scenes.find((each) => wanted !== null && (addressOf(each) === wanted || each.name === wanted));
  return { scene: scene?.name ?? null, isPresenting: query.get("present") === "1" };
}

/**
 * @param {Stage} stage
 * @param {Named[]} scenes
 * @param {string} [search] the query so far, whose other parts stay
 * @returns {string} the query that leads to this stage; "" for all scenes with chrome
 */
export function searchOf(stage, scenes, search = "") {
  const query = new URLSearchParams(search);
  query.delete("present");
  query.delete("scene");
  if (stage.isPresenting) query.set("present", "1");
  const scene = scenes.find(({ name }) => name === stage.scene);
  if (scene) query.set("scene", addressOf(scene));
  return query.size ? `?${query}` : "";
}

/**
 * @param {Stage} stage
 * @param {Named[]} scenes
 * @param {1 | -1} by
 * @returns {Stage} the next or the last scene; round and round, without the view of all
 */
export function step(stage, scenes, by) {
  if (scenes.length === 0) return stage;
  const at = scenes.findIndex(({ name }) => name === stage.scene);
  const next = at < 0 ? (by > 0 ? 0 : scenes.length - 1) : (at + by + scenes.length) % scenes.length;
  return { ...stage, scene: scenes[next].name };
}
