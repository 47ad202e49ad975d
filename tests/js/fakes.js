// @ts-check
/** Fakes for network, clock, DOM and randomness. */

export class FakeTimers {
  nowMs = 0;
  /** @type {Map<number, {atMs: number, run: () => void}>} */
  waiting = new Map();
  #next = 1;

  setTimeout = (/** @type {() => void} */ run, /** @type {number} */ ms) => {
    this.waiting.set(this.#next, { atMs: this.nowMs + ms, run });
    return this.#next++;
  };

  clearTimeout = (/** @type {number | null} */ timer) => {
    if (timer !== null) this.waiting.delete(timer);
  };

  /** @param {number} ms Let time pass, and run due timers in order. */
  pass(ms) {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.waiting].filter(([, { atMs }]) => atMs <= untilMs).sort((a, b) => a[1].atMs - b[1].atMs);
      if (due.length === 0) break;
      const [timer, { atMs, run }] = due[0];
      this.waiting.delete(timer);
      this.nowMs = atMs;
      run();
    }
    this.nowMs = untilMs;
  }
}

export class FakeSocket {
  /** @type {FakeSocket[]} */
  static opened = [];
  /** @type {any[]} */
  sent = [];
  readyState = 1;
  wasClosed = false;
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((message: {data: string | ArrayBuffer}) => void) | null} */
  onmessage = null;
  /** @type {((close: {code: number, reason: string}) => void) | null} */
  onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    FakeSocket.opened.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.wasClosed = true;
    this.readyState = 3;
  }

  /** @param {object | string} message A message from the server. */
  receive(message) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** @param {number} code @param {string} [reason] The peer closes. */
  fall(code, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

export class FakeElement {
  title = "";
  className = "";
  /** @type {Record<string, string>} */
  dataset = {};
  writes = 0;
  /** @type {FakeElement[]} */
  children = [];
  classList = { add: () => {} };
  #text = "";

  get textContent() {
    return this.#text;
  }

  set textContent(text) {
    this.#text = text;
    this.writes += 1;
  }

  setAttribute() {}

  /** @param {...FakeElement} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @param {FakeElement} child */
  appendChild(child) {
    this.append(child);
    return child;
  }
}

/** @param {number} seed @returns {() => number} numbers in [0, 1), the same for the same seed (mulberry32) */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A view with these values, in the form of the mirror's.
 * @param {Record<string, any[]>} valuesByType
 */
export function viewOf(valuesByType) {
  return {
    /** @param {string} type */
    entries: (type) =>
      (valuesByType[type] ?? []).map((value, index) => ({ key: `${index}`, lane: "", revision: index + 1, at: 100 + index, value })),
  };
}

/** @param {...string} names @returns a context with event types of these names */
export function contextOf(...names) {
  return { eventTypes: names.map((name) => ({ name, title: `Title of ${name}` })) };
}

const EXTREMES = [
  0, -0, 1, -1, Number.MIN_VALUE, -Number.MIN_VALUE, 2 * Number.MIN_VALUE, 2.2250738585072014e-308, Number.MAX_VALUE,
  -Number.MAX_VALUE, 1e16, 1e16 + 2, 1e-300, 2 ** 53, 2 ** 53 - 1, 2 ** 53 + 2, 1e308, -1e308, 0.1, 0.1 + 2 ** -56, 1.7e308, 1e-320,
];

/** @param {() => number} random @param {number} count @returns {number[]} finite numbers of every size, including extremes and near neighbours */
export function doubles(random, count) {
  const bits = new DataView(new ArrayBuffer(8));
  const any = () => {
    bits.setUint32(0, random() * 2 ** 32);
    bits.setUint32(4, random() * 2 ** 32);
    const number = bits.getFloat64(0);
    return Number.isFinite(number) ? number : 0;
  };
  const pick = () => EXTREMES[Math.floor(random() * EXTREMES.length)];
  return Array.from({ length: count }).flatMap(() => {
    const kind = random();
    if (kind < 0.3) return [pick(), pick()];
    if (kind < 0.5) return [pick(), any()];
    const near = any();
    return kind < 0.7 ? [near, near * (1 + 2 ** -52)] : [any(), any()];
  }).slice(0, count).map((number) => (Number.isFinite(number) ? number : 0));
}
