// @ts-check
/** Loads a scene's module by itself, so that a faulty one affects its own scene only. */

/** @typedef {import("./scenes.js").SceneModule} SceneModule */

/** The modules that are there already, by scene; scene_modules.js puts them here before the page's first paint. @type {Map<string, any>} */
export const modules = new Map();

/**
 * @param {string} name of a scene
 * @param {(path: string) => Promise<any>} load
 * @returns {Promise<SceneModule>} one that has nothing but a `failure` where there is no such module
 */
export async function loaded(name, load = (path) => import(path)) {
  try {
    return checked(await load(`./scenes/${name}.js`));
  } catch (error) {
    return failed(error);
  }
}

/** @param {any} module @returns {SceneModule} the module, or one with a failure where it lacks what every scene has */
export function checked(module) {
  if (module.failure) return module;
  const missing = ["model", "paint"].filter((name) => typeof module[name] !== "function");
  if (typeof module.empty?.text !== "string") missing.push("empty");
  return missing.length === 0 ? module : failed(new Error(`it exports no ${missing.join(", no ")}`));
}

/** @param {unknown} error @returns {SceneModule} */
function failed(error) {
  const failure = `The module of this scene could not be loaded. ${error}`;
  return { failure, empty: { text: "" }, model: () => null, paint: () => undefined };
}
