// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Arrangement } from "#stickyboard/page/arrange.js";

class FakeElement {
  /** @type {FakeElement[]} */
  children = [];
  /** @type {Record<string, string>} */
  dataset = {};
  hidden = false;
  moves = 0;
  /** @type {FakeElement | null} */
  next = null;
  /** @type {FakeElement | null} */
  parent = null;

  /** @param {FakeElement} child @param {FakeElement | null} before */
  insertBefore(child, before) {
    child.remove();
    child.moves += 1;
    child.parent = this;
    this.children.splice(before ? this.children.indexOf(before) : this.children.length, 0, child);
  }

  remove() {
    if (this.parent) this.parent.children.splice(this.parent.children.indexOf(this), 1);
    this.parent = null;
  }

  setAttribute() {}

  /** @param {FakeElement} child */
  appendChild(child) {
    return child;
  }

  /** @param {FakeElement} next */
  after(next) {
    this.next = next;
  }
}

/** @param {string | null} text @param {string[]} sizes of scenes, which are empty */
function pageOf(text, ...sizes) {
  /** @type {any} */ (globalThis).document = { createElement: () => new FakeElement() };
  const parents = { scenes: new FakeElement(), banners: new FakeElement() };
  const views = sizes.map((size, index) => ({ name: `${index}`, isEmpty: true, size, scene: { size }, frame: { element: new FakeElement() } }));
  const arrangement = new Arrangement(() => /** @type {any} */ (views), /** @type {any} */ (parents), text);
  /** @param {FakeElement} parent */
  const shown = (parent) => parent.children.map((child) => views.find(({ frame }) => frame.element === child)?.name).join();
  return { parents, views, arrangement, scenes: () => shown(parents.scenes), banners: () => shown(parents.banners) };
}

test("shows every scene of a board without a text", () => {
  const page = pageOf(null, "strip", "banner", "narrow", "full");
  page.arrangement.update(null);
  assert.deepEqual([page.scenes(), page.banners(), page.parents.scenes.dataset.count], ["0,2,3", "1", "2"]);
});

test("hides empty scenes, and moves none that stays", () => {
  const page = pageOf("No runs yet.\ncode", "narrow", "narrow", "narrow");
  page.arrangement.update(null);
  assert.deepEqual([page.scenes(), page.parents.scenes.hidden, page.parents.scenes.next?.hidden], ["", true, false]);
  page.views[0].isEmpty = page.views[2].isEmpty = false;
  page.arrangement.update(null);
  page.views[1].isEmpty = false;
  page.arrangement.update(null);
  assert.deepEqual([page.scenes(), page.parents.scenes.next?.hidden], ["0,1,2", true]);
  assert.deepEqual(page.views.map(({ frame }) => frame.element.moves), [1, 1, 1]);
  page.views[0].isEmpty = true;
  page.arrangement.update(null);
  assert.equal(page.scenes(), "1,2");
});

test("shows an empty scene that is displayed alone", () => {
  const page = pageOf("No runs yet.", "narrow", "narrow");
  page.arrangement.update("1");
  assert.equal(page.scenes(), "1");
});
