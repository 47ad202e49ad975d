// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { listenToKeys, makeRow, partsOfName, setName } from "#stickyboard/page/dom.js";

import { FakeElement } from "./fakes.js";

test("keeps the last four characters of a name visible", () => {
  assert.deepEqual(partsOfName("run-3-gateway-1-007"), ["run-3-gateway-1", "-007"]);
  assert.deepEqual(partsOfName("mlp"), ["", "mlp"]);
  assert.deepEqual(partsOfName(""), ["", ""]);
});

test("never splits a grapheme", () => {
  assert.deepEqual(partsOfName("ab👩‍💻e\u0301🇨🇭z"), ["ab", "👩‍💻e\u0301🇨🇭z"]);
  assert.deepEqual(partsOfName("検知モデル一号"), ["検知モ", "デル一号"]);
});

test("does not split a right-to-left name", () => {
  for (const name of ["كاشف التصيد ١", "גלאי-דיוג-12"]) assert.deepEqual(partsOfName(name), [name, ""]);
});

test("quotes an empty name", () => {
  Object.assign(globalThis, { document: { createElement: () => new FakeElement() } });
  const element = new FakeElement();
  setName(/** @type {any} */ (element), "");
  assert.equal(element.children[0].textContent, "“”");
});

test("writes the title only when the name changes", () => {
  Object.assign(globalThis, { document: { createElement: () => new FakeElement() } });
  const element = new FakeElement();
  const write = (/** @type {string} */ name) => setName(/** @type {any} */ (element), name);
  write("hoeffding_tree");
  const [whole, head, tail] = element.children;
  const shown = () => [head.dataset.text, tail.dataset.text, whole.textContent, element.title];
  assert.deepEqual(shown(), ["hoeffding_", "tree", "hoeffding_tree", "hoeffding_tree"]);
  const { writes } = whole;
  write("hoeffding_tree");
  assert.equal(whole.writes, writes);
  write("knn");
  assert.deepEqual(shown(), ["", "knn", "knn", "knn"]);
  assert.deepEqual(element.children, [whole, head, tail]);
});

test("takes the keys of a figure that have a meaning, and no others", () => {
  const said = /** @type {string[]} */ ([]);
  const frame = /** @type {any} */ (Object.assign(new EventTarget(), { getAttribute: () => null, setAttribute: () => {} }));
  frame.addEventListener("scene-repaint-now", () => said.push("painted"));
  listenToKeys(frame, "Plus zooms.", (key) => (said.push(key), key === "+"));
  const taken = [{ key: "+" }, { key: "a" }, { key: "+", ctrlKey: true }].map((pressed) => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), pressed);
    frame.dispatchEvent(event);
    return event.defaultPrevented;
  });
  assert.deepEqual([taken, said], [[true, false, false], ["+", "painted", "a"]]);
});

test("builds a row with named descendants, their attributes and texts", () => {
  class Recorded extends FakeElement {
    /** @type {Record<string, string>} */
    attributes = {};

    /** @param {string} name @param {string} value */
    setAttribute(name = "", value = "") {
      this.attributes[name] = value;
    }
  }
  Object.assign(globalThis, { document: { createElement: () => new Recorded() } });
  const row = /** @type {Record<string, any>} */ (makeRow("li.task", { track: "div.a.b[aria-label=Done of all][hidden]", word: "track > b Why not" }));
  assert.deepEqual([row.element.className, row.element.children, row.track.children], ["task", [row.track], [row.word]]);
  assert.deepEqual([row.track.className, row.track.attributes], ["a b", { "aria-label": "Done of all", hidden: "" }]);
  assert.equal(row.word.textContent, "Why not");
});
