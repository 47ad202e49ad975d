// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { shortNames } from "#stickyboard/page/short_names.js";

import { randomFrom } from "./fakes.js";

/** @param {number} most */
const upTo = (most) => (/** @type {string} */ text) => [...text].length <= most;

test("leaves names that fit", () => {
  assert.deepEqual(shortNames(["host-1", "host-12"], upTo(7)), ["host-1", "host-12"]);
});

test("removes a common beginning without splitting numbers", () => {
  assert.deepEqual(shortNames(["host-1", "host-12", "host-13"], upTo(6)), ["hos…1", "hos…12", "hos…13"]);
  assert.deepEqual(shortNames(["host-1", "host-12", "host-13"], upTo(3)), ["…1", "…12", "…13"]);
  assert.deepEqual(shortNames(["rack-10", "rack-11"], upTo(4)), ["r…10", "r…11"]);
});

test("removes a common end", () => {
  assert.deepEqual(shortNames(["web-a.example", "web-b.example"], upTo(5)), ["we…a…", "we…b…"]);
});

test("keeps the middles that differ", () => {
  const names = ["alpha-1-omega-99", "alpha-2-omega-99", "beta-1-omega-99"];
  const short = shortNames(names, upTo(6));
  assert.equal(new Set(short).size, 3, short.join());
});

test("keeps any distinct names distinct and short enough", () => {
  const random = randomFrom(11);
  const pick = (/** @type {string[]} */ from) => from[Math.floor(random() * from.length)];
  for (let round = 0; round < 300; round += 1) {
    const count = 2 + Math.floor(random() * 64);
    const names = Array.from({ length: count }, () => {
      const parts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(["host", "lab", "1", "12", "é", "👩‍💻", "ش", ".example.org", "-", "aaaaaaaaaaaaaaaa"]));
      return parts.join("");
    });
    const most = 4 + Math.floor(random() * 10);
    const short = shortNames(names, upTo(most));
    const message = `${names.join(" ")} → ${short.join(" ")} (${most})`;
    assert.equal(new Set(short).size, new Set(names).size, message);
    assert.ok(short.every(upTo(most)), message);
    assert.deepEqual(shortNames(names, upTo(most)), short);
  }
});

test("leaves something of a name that begins all others", () => {
  assert.deepEqual(shortNames(["/", "/home", "/var/lib/docker"], upTo(9)), ["/", "/home", "/var…cker"]);
  assert.deepEqual(shortNames(["", "a-very-long-name"], upTo(5)).length, 2);
});

test("keeps both ends of a single name", () => {
  assert.deepEqual(shortNames(["a-very-long-name-7"], upTo(7)), ["a-v…e-7"]);
});
