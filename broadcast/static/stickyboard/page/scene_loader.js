// @ts-check
/** Loads each scene's module separately, so that a faulty module affects only its own scene. */

/** @typedef {import("./scenes.js").SceneModule} SceneModule */

/** Loaded modules by scene; scene_modules.js adds them before the page's first paint. @type {Map<string, any>} */
export const modules = new Map();

/**
 * @param {string} name of a scene
 * @param {(path: string) => Promise<any>} load
 * @returns {Promise<SceneModule>} with a `failure` if the module could not be loaded
 */
export async function loaded(name, load = (path) => import(path)) {
  try {
    return checked(await load(`./scenes/${name}.js`));
  } catch (error) {
    return failed(error);
  }
}

/** @param {any} module @returns {SceneModule} with a `failure` if it lacks a required export */
export function checked(module) {
  if (module.failure) return module;
  const missing = ["model", "paint"].filter((name) => typeof module[name] !== "function");
  if (typeof module.empty?.text !== "string") missing.push("empty");
  return missing.length === 0 ? module : failed(new Error(`It does not export ${missing.join(", ")}.`));
}

/** @param {unknown} error @returns {SceneModule} */
function failed(error) {
  const failure = `This scene's module could not be loaded. ${error}`;
  return { failure, empty: { text: "" }, model: () => null, paint: () => undefined };
}
