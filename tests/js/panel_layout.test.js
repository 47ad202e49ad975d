// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { gridOf, groupsOf, placesOf } from "#stickyboard/page/panel_layout.js";

/** @param {...string} titles */
function grouped(...titles) {
  return groupsOf(titles.map((title) => ({ title })));
}

/** @param {number} count @returns {string[]} */
function names(count) {
  return Array.from({ length: count }, (_, index) => `metric-${index}`);
}

test("groups charts by the part before the first slash", () => {
  const groups = grouped("train/loss", "lr", "val/loss/a", "train/acc", "/x", "y/", "val/f1").map(({ name, charts }) => [name, ...charts.map(({ label }) => label)]);
  assert.deepEqual(groups, [["", "lr", "/x", "y/"], ["train", "loss", "acc"], ["val", "loss/a", "f1"]]);
  assert.deepEqual(grouped("a/1", "a/2").map(({ name }) => name), ["a"]);
});

test("shows a chart that is alone in its group beside the others", () => {
  const groups = grouped("loss", "val/acc", "test/acc");
  assert.deepEqual(groups.map(({ name, charts }) => [name, ...charts.map(({ label }) => label)]), [["", "loss", "val/acc", "test/acc"]]);
  const [first, second] = placesOf(grouped("loss", "val/acc"), gridOf(grouped("loss", "val/acc"), { width: 1800, height: 300, emPx: 13 }), { width: 1800, height: 300, emPx: 13 });
  assert.deepEqual(first, second);
});

test("fills the room with charts of a good shape", () => {
  for (const [count, width, height] of [[2, 1800, 700], [3, 1800, 700], [4, 1200, 700], [7, 1800, 800], [12, 1800, 900]]) {
    const { columns, rowPx } = gridOf(grouped(...names(count)), { width, height, emPx: 13 });
    const rows = Math.ceil(count / columns);
    const shape = (width / columns) / rowPx;
    assert.ok(shape > 1 && shape < 2.6, `${count} charts: ${columns} columns, ${shape}`);
    assert.ok(rows * rowPx > 0.8 * height && rows * rowPx <= height, `${count} charts: ${rows} rows of ${rowPx}`);
  }
});

test("fills the width with groups that are small", () => {
  const groups = grouped("loss", "lr", "train/acc", "train/f1", "val/acc", "val/f1");
  for (const height of [430, 900]) {
    const { columns, rowPx } = gridOf(groups, { width: 1800, height, emPx: 13 });
    assert.ok(columns === 2 && rowPx > 150 && rowPx < 300, `${height}: ${columns} columns of ${rowPx}`);
  }
});

test("scrolls charts for which there is no room, in one column on a phone", () => {
  const many = gridOf(grouped(...names(40)), { width: 1800, height: 700, emPx: 13 });
  assert.ok(many.columns >= 5 && many.rowPx >= 117, JSON.stringify(many));
  const phone = gridOf(grouped(...names(7)), { width: 360, height: 500, emPx: 13 });
  assert.deepEqual([phone.columns, phone.rowPx > 180], [1, true]);
});

test("shows one whole chart where the room is low", () => {
  assert.deepEqual(gridOf(grouped(...names(5)), { width: 430, height: 150, emPx: 12 }), { columns: 1, rowPx: 150 });
});

test("keeps its rows in a scene that is as high as they are", () => {
  for (const [count, emPx] of [[3, 13.6], [4, 13], [4, 14.4], [6, 12.3], [9, 15.2]]) {
    const groups = grouped(...names(count - 2), "group/first", "group/last");
    const grid = gridOf(groups, { width: 332, height: 400, emPx });
    const rounded = (/** @type {number} */ px) => Math.floor(64 * px) / 64;
    const height = count * grid.rowPx + count * rounded(0.9 * emPx) + rounded(2 * emPx);
    assert.deepEqual(gridOf(groups, { width: 332, height, emPx }), grid, `${count} charts, ${emPx} px`);
  }
});

test("places charts below the headings of their groups", () => {
  const groups = grouped("a/1", "a/2", "a/3", "b/1", "b/2");
  const places = placesOf(groups, { columns: 2, rowPx: 100 }, { width: 500, height: 500, emPx: 10 });
  assert.deepEqual(places.map(({ top }) => top), [29, 29, 138, 276, 276]);
  assert.equal(places[0].bottom, 129);
});
