// @ts-check
/** The page's connection and mirror under the conformance kit; needs `node --experimental-websocket` before Node 22. */
import { createInterface } from "node:readline";

import { Connection } from "#stickyboard/connection.js";
import { Mirror } from "#stickyboard/mirror.js";

/** @param {object} message */
const say = (message) => console.log(JSON.stringify(message));

/** A browser sends the header by itself; Node does not. @param {string} origin @returns {any} */
function withOrigin(origin) {
  const { WebSocket } = /** @type {any} */ (globalThis);
  return class extends WebSocket {
    constructor(/** @type {string} */ url) {
      super(url, { headers: { origin } });
    }
  };
}

/** @param {string} url @param {string} board */
function follow(url, board) {
  const mirror = new Mirror();
  const connection = new Connection({
    WebSocket: withOrigin(url),
    url: `${url.replace("http", "ws")}/ws/board/${board}/`,
    mirror,
    timers: globalThis,
    random: () => 0,
    nowMs: () => performance.now(),
    isHidden: () => false,
    isOnline: () => true,
    onState: (state) => state.name === "closed" && state.reason !== "replaced" && say({ event: "ended" }),
    onUpdate: () => queueMicrotask(() => connection.painted()),
    onServerTime: () => {},
    onError: (error) => console.error(error),
  });
  connection.connect();
  return { mirror, close: () => connection.close("replaced") };
}

/** @param {Mirror} mirror */
function picture(mirror) {
  const entries = /** @param {string} type */ (type) => Object.fromEntries(mirror.entries(type).map(({ key, value }) => [key, value]));
  return { event: "picture", keyspaces: Object.fromEntries(mirror.types().map((type) => [type, entries(type)])) };
}

/** @type {ReturnType<typeof follow> | undefined} */
let followed;
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.command === "follow") {
    followed = follow(command.url, command.board);
  } else if (command.command === "leave") {
    followed?.close();
    say({ event: "left" });
  } else if (command.command === "picture" && followed) say(picture(followed.mirror));
}
followed?.close();
