// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { CELLS, layOut, pointAt, shadeOf, steppedTo } from "#stickyboard/page/lanes.js";
import { model, table, tooltipOf } from "#stickyboard/page/scenes/live_detection.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {any[]} values */
function modelOf(values) {
  return model(viewOf({ live_detection: values }), contextOf("live_detection"));
}

test("sorts lanes naturally, cells oldest first", () => {
  const { lanes } = modelOf([
    { host_id: "host-10", score: 0.1, alert: false },
    { host_id: "host-2", score: 0.2, alert: false },
    { host_id: "host-10", score: 0.9, alert: true },
  ]);
  assert.deepEqual(lanes.map(({ host, alerts, cells }) => [host, alerts, cells.map(({ score }) => score)]), [
    ["host-2", 0, [0.2]],
    ["host-10", 1, [0.1, 0.9]],
  ]);
});

test("shows the 60 newest cells of a lane", () => {
  const { lanes } = modelOf(Array.from({ length: 75 }, (_, index) => ({ host_id: "a", score: index / 100, alert: false })));
  assert.equal(lanes[0].cells.length, CELLS);
  assert.deepEqual([lanes[0].cells[0].score, lanes[0].cells[59].score], [0.15, 0.74]);
});

test("names alerting hosts in its sentence", () => {
  const cells = [["a", true], ["b", true], ["b", false]].map(([host_id, alert]) => ({ host_id, score: 0.5, alert }));
  assert.equal(modelOf(cells).sentence, "2 alerts in the newest 3 windows of 2 hosts; alerting now: a");
  assert.equal(modelOf(cells.slice(2)).sentence, "0 alerts in the newest 1 window of 1 host");
});

test("fits 64 lanes in columns with legible names", () => {
  for (const [width, height] of [[900, 380], [330, 260], [1200, 250]]) {
    const { rows, laneHeight, columnWidth, labelWidth, countWidth, cellWidth } = layOut(64, width, height);
    const columns = Math.ceil(64 / rows);
    assert.ok(rows * laneHeight <= height + 0.001 && laneHeight >= 13, `${width}x${height}`);
    assert.ok(columns * columnWidth <= width, `${width}x${height}`);
    assert.ok(cellWidth > 0 && labelWidth + countWidth + CELLS * cellWidth <= columnWidth + 0.001, `${width}x${height}`);
  }
});

test("tables every window, newest first, in server time", () => {
  const values = [{ host_id: "a", score: 0.5, alert: false }, { host_id: "b", score: 1, alert: true, label: "x", model: "gbt" }];
  assert.deepEqual(table(viewOf({ live_detection: values }), contextOf("live_detection")).rows, [
    ["1970-01-01T00:01:41.000Z", "b", 1, true, "x", "gbt"],
    ["1970-01-01T00:01:40.000Z", "a", 0.5, false, null, null],
  ]);
});

test("finds a cell where it is drawn", () => {
  const layout = layOut(64, 900, 380);
  for (const place of [{ lane: 0, cell: 0 }, { lane: 31, cell: 59 }, { lane: 63, cell: 30 }]) {
    const { x, y } = pointAt(layout, place);
    assert.deepEqual(layout.placeAt(x, y), place);
  }
  assert.equal(layout.placeAt(1, 1), null);
  assert.equal(layOut(1, 900, 380).placeAt(500, 370), null);
});

test("moves with arrow keys from the newest window", () => {
  const newest = { lane: 0, cell: 59 };
  assert.deepEqual(steppedTo("ArrowLeft", null, 3), newest);
  assert.deepEqual(steppedTo("ArrowRight", newest, 3), newest);
  assert.deepEqual(steppedTo("ArrowLeft", newest, 3), { lane: 0, cell: 58 });
  assert.deepEqual(steppedTo("ArrowDown", { lane: 2, cell: 5 }, 3), { lane: 2, cell: 5 });
  assert.equal(steppedTo("a", newest, 3), undefined);
});

test("has five shades of scores", () => {
  assert.deepEqual([0, 0.19, 0.2, 0.99, 1].map(shadeOf), [1, 1, 2, 5, 5]);
});

test("shows only sent fields in its tooltip", () => {
  const [lane] = modelOf([{ host_id: "a", score: 0.91234, alert: true, model: "gbt" }]).lanes;
  const { title, lines } = tooltipOf(lane, lane.cells[0]);
  assert.deepEqual([title, lines.map(({ name }) => name), lines[0].value], ["a · alert", ["score", "model", "time"], "0.912"]);
});

test("leaves room for the symbol or omits it", () => {
  for (let lanes = 1; lanes <= 300; lanes += 7) {
    for (const [width, height] of [[900, 380], [330, 260], [1200, 250], [500, 300], [60, 40]]) {
      const layout = layOut(lanes, width, height, 13, 60, 2.9);
      const size = Math.min(13, 0.8 * layout.laneHeight);
      const columns = Math.ceil(layout.lanes / layout.rows);
      assert.ok(!layout.hasSymbol || layout.countWidth >= 2.9 * size - 0.001, `${lanes} on ${width}x${height}`);
      assert.ok(layout.cellWidth > 0 && layout.lanes >= 1 && layout.lanes <= lanes);
      assert.ok(columns * layout.columnWidth <= width + 0.001 && layout.rows * layout.laneHeight <= Math.max(height, 13) + 0.001);
    }
  }
});

test("omits lanes that do not fit", () => {
  assert.ok(layOut(5000, 900, 380).lanes < 5000);
  assert.equal(layOut(64, 900, 380).lanes, 64);
});
