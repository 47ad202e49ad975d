// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { hiddenIn } from "#stickyboard/page/cells.js";
import { boxOf, firstsOf, gridOf, layOut, placeAt, steppedTo } from "#stickyboard/page/cell_layout.js";

const FILLING = { leastRow: 0.92, mostRow: 9, leastCell: 0.1, mostCell: Infinity, roomyCell: 0, bodyShare: 0.68, leastColumn: 5 };
const SQUARE = { leastRow: 0.92, mostRow: 3, leastCell: 1.1, mostCell: 7, roomyCell: 2, bodyShare: 0, leastColumn: Infinity };
const SIZES = [[900, 380], [330, 260], [1200, 250], [500, 300], [60, 40], [0, 0]];

/** @param {string} key @param {number[]} starts */
function rowOf(key, starts) {
  return { key, name: key, cells: starts.map((start) => ({ id: start, start, end: start + 1 })) };
}

test("fits 64 rows in columns with legible names", () => {
  for (const [width, height] of SIZES.slice(0, 3)) {
    const { rows, perColumn, columns, rowHeight, columnWidth, nameWidth, endWidth, cellWidth, units } =
      layOut({ rows: 64, units: 60, namePx: 100, endPx: 20, markPx: 10 }, { width, height }, 13, FILLING);
    assert.deepEqual([rows, columns], [64, Math.ceil(64 / perColumn)], `${width}x${height}`);
    assert.ok(perColumn * rowHeight <= height + 0.001 && rowHeight >= 11.9 && nameWidth >= 13, `${width}x${height}`);
    assert.ok(columns * columnWidth <= width && nameWidth + endWidth + units * cellWidth <= columnWidth + 0.001, `${width}x${height}`);
  }
});

test("stays inside any size with any number of rows", () => {
  for (let rows = 1; rows <= 300; rows += 13) {
    for (const [width, height] of SIZES) {
      const layout = layOut({ rows, units: 60, namePx: 60, endPx: 20, markPx: 12, headEm: 1.5 }, { width, height }, 13, FILLING);
      const { columns, columnWidth, perColumn, rowHeight, hasMark, endWidth, units, cellWidth } = layout;
      assert.ok(columns * columnWidth <= width + 0.001 && perColumn * rowHeight <= Math.max(0, height - 19.5) + 0.001, `${rows} on ${width}x${height}`);
      assert.ok(layout.rows >= 1 && layout.rows <= rows && units >= 1 && units <= 60 && cellWidth >= 0);
      assert.equal(hasMark, endWidth === 32, `${rows} on ${width}x${height}`);
    }
  }
});

test("omits rows and units that do not fit", () => {
  assert.ok(layOut({ rows: 5000, units: 60, namePx: 60 }, { width: 900, height: 380 }, 13, FILLING).rows < 5000);
  assert.equal(layOut({ rows: 1, units: 1000, namePx: 60 }, { width: 500, height: 380 }, 13, FILLING).units, 334);
});

test("fits all units, and names in the remaining room", () => {
  const laidOut = (/** @type {number} */ columns, /** @type {number} */ widthEm, namePx = 151) => {
    const { units, nameWidth } = layOut({ rows: 12, units: columns, namePx }, { width: 10 * widthEm, height: 200 }, 10, SQUARE);
    return { units, nameEm: nameWidth / 10 };
  };
  assert.deepEqual(laidOut(12, 100), { units: 12, nameEm: 16 });
  assert.deepEqual(laidOut(12, 23), { units: 12, nameEm: 5 });
  assert.deepEqual(laidOut(40, 18), { units: 11, nameEm: 5 });
  assert.deepEqual(laidOut(1, 0), { units: 1, nameEm: 0 });
  assert.deepEqual(laidOut(40, 18, 35), { units: 12, nameEm: 4.6 });
});

test("aligns rows, except mostly empty ones", () => {
  assert.deepEqual(firstsOf([97, 99, 90], 40), { firsts: [60, 60, 60], common: 60 });
  assert.deepEqual(firstsOf([79, 11, 11, 11], 40), { firsts: [40, 0, 0, 0], common: 0 });
  assert.deepEqual(firstsOf([11, 5], 12), { firsts: [0, 0], common: 0 });
  assert.deepEqual(firstsOf([2 ** 53 - 1, 0], 8), { firsts: [2 ** 53 - 8, 0], common: 0 });
  assert.deepEqual(firstsOf([], 8), { firsts: [], common: 0 });
});

test("finds each cell where it is drawn", () => {
  const rows = Array.from({ length: 64 }, (_, index) => ({ ...rowOf(`r${index}`, [3, 4, 59]), first: index % 2 }));
  for (const [width, height] of SIZES.slice(0, 4)) {
    const grid = gridOf(layOut({ rows: 64, units: 60, namePx: 40, headEm: 1 }, { width, height }, 13, FILLING), rows);
    grid.rows.forEach((row, index) => {
      for (const cell of row.cells) {
        const { x, y, width: across, height: down } = boxOf(grid, index, cell, 1000);
        assert.deepEqual(placeAt(grid, x + across / 2, y + down / 2), { key: row.key, id: cell.id }, `${width}x${height}`);
      }
    });
    assert.equal(placeAt(grid, 0, 20), null);
    assert.equal(placeAt(grid, width / 2, 1), null);
    assert.equal(placeAt(grid, width / 2, height + 1), null);
  }
});

test("drops cells before the first unit and after the last", () => {
  const layout = layOut({ rows: 1, units: 2, namePx: 0 }, { width: 100, height: 20 }, 10, FILLING);
  const { rows } = gridOf(layout, [{ ...rowOf("a", [0, 1, 2, 3]), first: 1 }]);
  assert.deepEqual(rows[0].cells.map(({ id }) => id), [1, 2]);
});

test("finds a cell of no length before a long one", () => {
  const cells = [{ id: 1, start: 0, end: 0.5 }, { id: 2, start: 0.5, end: 0.5 }, { id: 3, start: 0.5, end: 1 }];
  const grid = gridOf(layOut({ rows: 1, units: 1, namePx: 0 }, { width: 1000, height: 20 }, 10, FILLING), [{ key: "a", name: "a", cells }]);
  const { x, y } = boxOf(grid, 0, cells[1], 1);
  assert.deepEqual([placeAt(grid, x + 1, y + 1)?.id, placeAt(grid, x - 1, y + 1)?.id, placeAt(grid, x + 4, y + 1)?.id], [2, 1, 3]);
});

test("moves with keys past missing cells", () => {
  const rows = [rowOf("new", [1, 2]), rowOf("none", []), rowOf("old", [0, 5])];
  const at = (/** @type {string} */ key, /** @type {number} */ id) => ({ key, id });
  assert.deepEqual(steppedTo("ArrowLeft", null, rows), at("new", 2));
  assert.deepEqual(steppedTo("ArrowDown", at("new", 2), rows), at("old", 0));
  assert.deepEqual(steppedTo("ArrowRight", at("old", 0), rows), at("old", 5));
  assert.deepEqual(steppedTo("ArrowRight", at("old", 5), rows), at("old", 5));
  assert.deepEqual(steppedTo("ArrowUp", at("new", 1), rows), at("new", 1));
  assert.deepEqual([steppedTo("Home", at("old", 5), rows), steppedTo("End", at("new", 1), rows)], [at("old", 0), at("new", 2)]);
  assert.equal(steppedTo("ArrowRight", null, []), null);
  assert.equal(steppedTo("constructor", at("new", 1), rows), undefined);
});

test("goes on from the row of a cell that is gone", () => {
  const rows = [rowOf("a", [0]), rowOf("b", [4, 5])];
  assert.deepEqual(steppedTo("ArrowUp", { key: "b", id: 3 }, rows), { key: "b", id: 5 });
  assert.deepEqual(steppedTo("ArrowUp", { key: "gone", id: 3 }, rows), { key: "a", id: 0 });
});

test("counts rows and cells that are not drawn", () => {
  const drawing = { grid: { rows: Array(12) }, placed: Array(48) };
  assert.equal(hiddenIn(drawing, { rows: 15, cells: 60 }), "Showing 12 of 15 rows, 48 of 60 cells. The table has all.");
  assert.equal(hiddenIn(drawing, { rows: 12 }, ["1 of 2 categories"]), "Showing 1 of 2 categories. The table has all.");
  assert.equal(hiddenIn(drawing, { rows: 12, cells: 48 }), "");
});
