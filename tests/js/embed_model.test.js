// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { boardsOf, themeOn } from "../../broadcast/static/stickyboard/page/embed_model.js";

const update = (/** @type {string} */ type) => ({ sections: [{ type }] });
const whole = (/** @type {string} */ board) => ({ board, scenes: [{ name: "a" }, { name: "b" }], update: update(`${board}-1`) });
const view = (/** @type {string} */ board, scene = "") => ({ board, scene, shows: (/** @type {string} */ name) => !scene || scene === name });

test("a board has its views, their scenes and all of its updates", () => {
  const data = /** @type {any} */ ([whole("x"), { board: "x", update: update("x-2") }, whole("y")]);
  const views = /** @type {any} */ ([view("x", "b"), view("y"), view("x", "b")]);
  const [x, y] = boardsOf(data, views);
  assert.deepEqual(x.updates, [update("x-1"), update("x-2")]);
  assert.deepEqual(x.scenes.map(({ name }) => name), ["b"]);
  assert.equal(x.views.length, 2);
  assert.deepEqual(y.scenes.map(({ name }) => name), ["a", "b"]);
});

test("a theme suits its background", () => {
  for (const rgba of [[255, 255, 255, 255], [255, 230, 0, 255], [200, 200, 200, 255]]) assert.equal(themeOn(rgba), "light");
  for (const rgba of [[0, 0, 0, 255], [33, 37, 41, 255], [0, 0, 139, 255]]) assert.equal(themeOn(rgba), "dark");
});
