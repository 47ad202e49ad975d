// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { bytesOf, headerOf, isCutOff, withoutPrefix } from "#stickyboard/page/image_header.js";
import { columnsOf, isSame, widget } from "#stickyboard/page/widgets/image.js";

import { contextOf, randomFrom, viewOf } from "../fakes.js";

/** @param {...(string | number[])} parts text or bytes @returns {string} base64 */
function base64Of(...parts) {
  return btoa(parts.map((part) => (typeof part === "string" ? part : String.fromCharCode(...part))).join(""));
}

const bytes32 = (/** @type {number} */ number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255);
const png = (/** @type {number} */ width, /** @type {number} */ height) => base64Of("\x89PNG\r\n\x1a\n", bytes32(13), "IHDR", bytes32(width), bytes32(height));
/** @param {number} metadata bytes before the frame @param {number} [marker] */
const jpeg = (metadata, marker = 0xc2) =>
  base64Of([0xff, 0xd8, 0xff, 0xe1, metadata >> 8, metadata & 255], "x".repeat(metadata - 2), [0xff, marker, 0, 17, 8, 0, 200, 1, 44, 0, 0]);

test("reads type and size of each format", () => {
  const webp = (/** @type {string} */ chunk, /** @type {number[]} */ rest) => headerOf(base64Of("RIFF", [0, 0, 0, 0], "WEBP", chunk, [0, 0, 0, 0], rest));
  assert.deepEqual(headerOf(png(640, 480)), { type: "image/png", width: 640, height: 480 });
  assert.deepEqual(headerOf(jpeg(10)), { type: "image/jpeg", width: 300, height: 200 });
  assert.deepEqual(webp("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a, 44, 1, 200, 0]), { type: "image/webp", width: 300, height: 200 });
  assert.deepEqual(webp("VP8L", [0x2f, 43, 193, 49, 0]), { type: "image/webp", width: 300, height: 200 });
  assert.deepEqual(webp("VP8X", [0, 0, 0, 0, 43, 1, 0, 199, 0, 0]), { type: "image/webp", width: 300, height: 200 });
});

test("tells a PNG that was cut off", () => {
  const whole = bytesOf(base64Of("\x89PNG\r\n\x1a\n", "IDAT", "IEND", [1, 2, 3, 4, 9]));
  assert.deepEqual([whole, whole.slice(0, -6)].map((bytes) => isCutOff(bytes, "image/png")), [false, true]);
  assert.equal(isCutOff(whole.slice(0, 4), "image/jpeg"), false);
});

test("finds a JPEG's size behind long metadata and tables", () => {
  const table = [0xff, 0xc4, 0, 9, 1, 2, 3, 4, 5, 6, 7];
  assert.deepEqual(headerOf(base64Of([0xff, 0xd8], table, [0xff, 0xc0, 0, 17, 8, 0, 200, 1, 44])), { type: "image/jpeg", width: 300, height: 200 });
  assert.deepEqual(headerOf(jpeg(60_000)), { type: "image/jpeg", width: 300, height: 200 });
});

test("refuses other and incomplete files", () => {
  const whole = [png(3, 4), jpeg(10), base64Of("RIFF", [0, 0, 0, 0], "WEBPVP8L", [0, 0, 0, 0, 0x2f, 43, 193, 49, 0])];
  for (const base64 of whole) {
    assert.notEqual(headerOf(base64), null);
    for (let length = 0; length < 28; length += 4) assert.equal(headerOf(base64.slice(0, length)), null);
  }
  for (const other of ["", "no base64!", base64Of("GIF89a", bytes32(9)), base64Of("<svg xmlns="), jpeg(10, 0xda)]) assert.equal(headerOf(other), null);
});

test("reads any bytes without an error", () => {
  const random = randomFrom(8);
  const starts = [atob(png(1, 1)).slice(0, 12), "\xff\xd8\xff", "RIFF0000WEBPVP8X", "RIFF0000WEBPVP8 "];
  for (let round = 0; round < 3000; round += 1) {
    const rest = Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
    const header = headerOf(base64Of(starts[round % starts.length], rest));
    assert.ok(header === null || (Number.isInteger(header.width) && Number.isInteger(header.height)));
  }
});

test("accepts the beginning of a data URL", () => {
  assert.equal(withoutPrefix(`data:image/png;base64,${png(1, 1)}`), png(1, 1));
  assert.equal(withoutPrefix(`data:text/html;base64,${png(1, 1)}`), `data:text/html;base64,${png(1, 1)}`);
});

/** @param {any[]} values @param {object} [options] @param {string} [policy] */
function modelOf(values, options = {}, policy = "ring") {
  const { eventTypes } = contextOf("photo");
  return widget({ source: "image", strip: 1, ...options }).model(viewOf({ photo: values }), { eventTypes: eventTypes.map((each) => ({ ...each, policy })) });
}

/** @param {any} image */
function problemOf(image) {
  return modelOf([{ image }]).pictures[0].source.problem;
}

test("decodes nothing that would be too large", () => {
  assert.equal(problemOf(png(4096, 4096)), "");
  for (const [width, height] of [[30_000, 30_000], [4097, 4096], [8193, 1], [0, 5], [2 ** 32 - 1, 2 ** 32 - 1]]) assert.match(problemOf(png(width, height)), /pixels/);
  assert.match(problemOf(png(9, 9) + "A".repeat(700_000)), /500 kB/);
});

test("says what is wrong with other values", () => {
  assert.match(problemOf("GIF89a"), /PNG/);
  for (const image of [undefined, null, 7, [png(1, 1)]]) assert.match(problemOf(image), /no picture/);
});

test("shows the newest pictures first", () => {
  const values = [1, 2, 3].map((width) => ({ image: png(width, 1), name: `w${width}` }));
  const { pictures, all } = modelOf(values, { strip: 2, label: "name" });
  assert.deepEqual([pictures.map((/** @type {any} */ { label }) => label), all], [["w3", "w2"], 3]);
});

test("keeps pictures with a key in the order of their names", () => {
  const values = ["b", "a"].map((name) => ({ image: png(1, 1), name }));
  assert.deepEqual(modelOf(values, { strip: 9, label: "name" }, "last_value").pictures.map((/** @type {any} */ { label }) => label), ["a", "b"]);
});

test("leaves the room below small pictures to the caption, and to the time without one", () => {
  const labelOf = (/** @type {object} */ options) => modelOf([{ image: png(3, 2), text: "door" }], { strip: 5, ...options }).pictures[0].label;
  assert.equal(labelOf({ caption: "text" }), "");
  assert.match(labelOf({}), /^\d\d:\d\d:\d\d$/);
});

test("describes a picture by its name and caption", () => {
  const altOf = (/** @type {object} */ options) => modelOf([{ image: png(3, 2), name: "cam", text: "door" }], options).pictures[0].alt;
  assert.deepEqual([altOf({ label: "name", caption: "text" }), altOf({ caption: "text" }), altOf({})], ["cam: door", "door", "Picture of 3 × 2 pixels"]);
});

test("reads an event's picture once", () => {
  const entries = viewOf({ shot: [{ image: png(1, 1) }] }).entries("shot");
  const { model } = widget({ source: "image", strip: 1 });
  const [one, two] = [1, 2].map(() => model({ entries: () => [...entries] }, contextOf("shot")).pictures[0]);
  assert.equal(one, two);
});

test("does not load a picture again that is sent again", () => {
  const [one, again, other] = [png(1, 1), png(1, 1), png(2, 1)].map((image) => modelOf([{ image }]).pictures[0].source);
  assert.deepEqual([isSame(null, one), isSame(one, again), isSame(one, other)], [false, true, false]);
});

test("adds columns to a strip until all pictures fit", () => {
  const pictures = (/** @type {number} */ count) => Array.from({ length: count }, () => ({ width: 64, height: 64 }));
  assert.equal(columnsOf(pictures(3), { width: 430, height: 230 }, 14), 3);
  assert.equal(columnsOf(pictures(4), { width: 430, height: 230 }, 14), 4);
  assert.equal(columnsOf(pictures(50), { width: 430, height: 230 }, 14), 5);
  assert.equal(columnsOf(pictures(6), { width: 588, height: 720 }, 14), 3);
  assert.equal(columnsOf(pictures(4), { width: 340, height: 460 }, 14), 2);
});
