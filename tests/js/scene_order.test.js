// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { MAX_CHARACTERS, changed, layoutProblemsOf, movedTo, neighbourOf, readLayout, textOf } from "#stickyboard/page/scene_order.js";
import { withParameters } from "#stickyboard/page/stage_url.js";
import { randomFrom } from "./fakes.js";

/** @typedef {import("#stickyboard/page/scene_order.js").BoardScene} BoardScene */
/** @type {BoardScene[]} */
const SCENES = [
  { name: "totals", number: null, size: "strip" },
  { name: "alerts", number: null, size: "banner" },
  { name: "bars", number: 9, size: "narrow" },
  { name: "lanes", number: 13, size: "wide" },
  { name: "constructor", number: null, size: "narrow" },
  { name: "a.b*c", number: null, size: "narrow" },
  { name: "a-b-c", number: null, size: "narrow" },
];
const namesOf = (/** @type {string} */ text) => readLayout(text, SCENES).map(({ name }) => name).join();
const BOARD = "totals,alerts,bars,lanes,constructor,a.b*c,a-b-c";

test("reads order, sizes and hidden scenes", () => {
  const layout = readLayout("13*n.totals*h.9*fh", SCENES);
  assert.equal(layout.map(({ name }) => name).join(), "totals,alerts,lanes,bars,constructor,a.b*c,a-b-c");
  assert.deepEqual(layout.map(({ size }) => size), ["strip", "banner", "narrow", "full", "narrow", "narrow", "narrow"]);
  assert.deepEqual(layout.map(({ isHidden }) => isHidden), [true, false, false, true, false, false, false]);
});

test("reports what it ignores, with valid values", () => {
  for (const text of ["zzz", "99*w", "9.99", "9*n.constructors"]) assert.match(layoutProblemsOf(text, SCENES)[0], /names the scene “.*scenes are totals, alerts, 9, 13/, text);
  for (const text of ["9*q", "9*wq", "9*w*h", "9*narrow"]) assert.match(layoutProblemsOf(text, SCENES)[0], /“9\*.*w \(wide\)/, text);
  for (const text of ["", "13*n.totals*h.9*fh", "9*", "a-b-c*w"]) assert.deepEqual(layoutProblemsOf(text, SCENES), [], text);
});

test("drops the part that the limit cuts, and does not report it", () => {
  const scenes = Array.from({ length: 120 }, (_, number) => /** @type {BoardScene} */ ({ name: `training_metric_${number}`, number: null, size: "narrow" }));
  const text = textOf([...readLayout("", scenes)].reverse(), scenes);
  assert.ok(text.length > MAX_CHARACTERS);
  assert.deepEqual(layoutProblemsOf(text, scenes), []);

  const start = "9.".repeat(MAX_CHARACTERS / 2 - 1);
  for (const [last, order] of [["13", "lanes,bars"], ["13.9", "lanes,bars"], ["130", "bars,lanes"]]) {
    const layout = `${start.replaceAll("9", "x")}${last}`;
    assert.match(namesOf(layout), new RegExp(`^totals,alerts,${order},`), last);
    assert.deepEqual(layoutProblemsOf(start + last, SCENES), [], last);
  }
});

test("ignores unknown and repeated scenes, and fixed ones", () => {
  assert.equal(namesOf("nothing.13.13.9.__proto__.13*h"), "totals,alerts,lanes,bars,constructor,a.b*c,a-b-c");
  assert.equal(namesOf("13.totals.alerts"), "totals,alerts,lanes,bars,constructor,a.b*c,a-b-c");
  assert.equal(textOf(readLayout("totals*w.alerts*wh", SCENES), SCENES), "");
});

test("reads any text as an order of the board's scenes", () => {
  const random = randomFrom(15);
  const pieces = ["9", "13", ".", "*", "w", "n", "f", "h", "totals", "constructor", "a-b-c", "%", "\u0000", "\ud800", "é", "__proto__", " "];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random() * 40 }, () => pieces[Math.floor(random() * pieces.length)]).join("");
    const layout = readLayout(text, SCENES);
    assert.deepEqual(layout.map(({ name }) => name).sort(), BOARD.split(",").sort(), text);
    assert.deepEqual(layout.slice(0, 2).map(({ size }) => size), ["strip", "banner"], text);
    const shortest = textOf(layout, SCENES);
    assert.deepEqual(readLayout(shortest, SCENES), layout, text);
    assert.equal(new URLSearchParams(withParameters("?filter=a", { layout: shortest })).get("layout") ?? "", shortest);
  }
  assert.equal(namesOf(".9*w".repeat(1e6)), BOARD);
});

test("writes no more than what differs", () => {
  const board = readLayout("", SCENES);
  assert.equal(textOf(board, SCENES), "");
  assert.equal(textOf(changed(board, "bars", { size: "wide" }), SCENES), "9*w");
  assert.equal(withParameters("?layout=9&filter=a", { layout: "" }), "?filter=a");
});

test("moves a scene past hidden and fixed ones", () => {
  const layout = changed(readLayout("", SCENES), "lanes", { isHidden: true });
  assert.deepEqual([neighbourOf(layout, "bars", 1), neighbourOf(layout, "bars", -1)], ["constructor", null]);
  assert.equal(neighbourOf(layout, "totals", 1), null);
  assert.equal(movedTo(layout, "bars", "constructor").map(({ name }) => name).join(), "totals,alerts,lanes,constructor,bars,a.b*c,a-b-c");
  assert.equal(movedTo(layout, "a.b*c", "bars").map(({ name }) => name).join(), "totals,alerts,a.b*c,bars,lanes,constructor,a-b-c");
  assert.equal(movedTo(layout, "bars", "totals"), layout);
});
