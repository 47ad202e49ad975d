// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Status, badgeOf } from "#stickyboard/page/status.js";

test("has a distinct text and icon for each state", () => {
  const badges = [
    badgeOf({ name: "connecting" }),
    badgeOf({ name: "replaying" }),
    badgeOf({ name: "catching-up" }),
    badgeOf({ name: "live" }),
    badgeOf({ name: "reconnecting", retryInMs: 4200, reason: "closed" }, 3100),
    badgeOf({ name: "offline", retryInMs: 4200, reason: "closed" }, 3100, "14:03"),
    badgeOf({ name: "closed", reason: "not authorised", code: 4501 }),
  ];
  assert.deepEqual(badges.map(({ text }) => text), [
    "connecting", "replaying", "catching up", "live", "reconnecting in 4 s", "offline since 14:03",
    "closed: not authorised",
  ]);
  assert.equal(new Set(badges.map(({ icon }) => icon)).size, badges.length);
});

test("shows the reason and when it was last live", () => {
  const { detail } = badgeOf({ name: "reconnecting", retryInMs: 9, reason: "no heartbeat" }, 9, "14:03");
  assert.equal(detail, "no heartbeat; last live at 14:03");
  assert.equal(badgeOf({ name: "connecting" }, 0, "14:03").detail, "last live at 14:03");
});

test("shows an overdue retry as 0 s", () => {
  assert.equal(badgeOf({ name: "reconnecting", retryInMs: 9, reason: "" }, -800).text, "reconnecting in 0 s");
});

/** @param {any[]} [focused] receives the element when it is focused @returns {any} */
const fakeElement = (focused = []) => ({ hidden: true, children: [{}, {}], append: () => {}, getAttribute: () => null, setAttribute: () => {}, focus() { focused.push(this); } });

test("announces every state, also the first time that it is live", () => {
  const page = /** @type {any} */ (globalThis);
  page.document = { body: { dataset: {} }, activeElement: null };
  /** @type {string[]} */
  const announced = [];
  const status = new Status({
    badge: fakeElement(), retry: fakeElement(), login: fakeElement(),
    announce: (sentence) => announced.push(sentence), nowMs: () => 0, timeOfDay: () => "14:03",
  });
  for (const name of /** @type {const} */ (["connecting", "replaying", "live"])) status.enter({ name });
  assert.deepEqual(announced, ["Connection: connecting", "Connection: replaying", "Connection: live"]);
  delete page.document;
});

test("offers a retry when disconnected, not at first", () => {
  /** @type {any[]} */
  const focused = [];
  const element = () => fakeElement(focused);
  const [badge, retry, login] = [element(), element(), element()];
  const page = /** @type {any} */ (globalThis);
  page.document = { body: { dataset: {} }, activeElement: null };
  const status = new Status({ badge, retry, login, announce: () => {}, nowMs: () => 0, timeOfDay: () => "14:03" });
  /** @param {any} state */
  const isOffered = (state) => (status.enter(state), !retry.hidden);
  const lost = { retryInMs: 9, reason: "gone" };
  assert.equal(isOffered({ name: "connecting" }), false);
  assert.equal(isOffered({ name: "live" }), false);
  assert.equal(isOffered({ name: "reconnecting", ...lost }), true);
  assert.equal(isOffered({ name: "connecting" }), true);
  page.document.activeElement = retry;
  assert.equal(isOffered({ name: "catching-up" }), false);
  assert.deepEqual(focused, [badge]);
  assert.equal(isOffered({ name: "offline", ...lost }), true);
  assert.equal(isOffered({ name: "closed", reason: "no", code: 4504 }), true);
  delete page.document;
});
