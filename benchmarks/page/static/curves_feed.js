// @ts-check
/** What many curves come to, as updates of the protocol: `lines` are rings of 2,000 points, `runs` courses of 40 metrics. */

/** @typedef {import("../../../broadcast/static/stickyboard/mirror.js").WireEntry} WireEntry */

const RUNS = { lines: 64, runs: 50 };
const STORED = { lines: 2000, runs: 500 };
const METRICS = Array.from({ length: 40 }, (_, index) => `${["train", "val", "gpu", "grad"][index % 4]}/metric-${index}`);

/** @typedef {{name: string, revisions: number[], count: number, stride: number, stored: number}} Lane */

export class CurvesFeed {
  #case;
  #random;
  #revision = 0;
  #sent = 0;
  #next = 0;
  /** @type {Lane[]} */
  #lanes;

  /** @param {"lines" | "runs"} name @param {() => number} random */
  constructor(name, random) {
    this.#case = name;
    this.#random = random;
    this.#lanes = Array.from({ length: RUNS[name] }, (_, run) => ({ name: `run-${run}`, revisions: [], count: 0, stride: 1, stored: 0 }));
  }

  /** @param {number} nowS @returns {object} the whole state as one update */
  replay(nowS) {
    const entries = Array.from({ length: STORED[this.#case] }, () => this.#lanes.map((lane) => this.#entry(lane, nowS))).flat();
    return { op: "update", caught_up: true, sections: [this.#section(entries, true)] };
  }

  /** @param {number} nowS @returns {object} an update with a step of each run of `lines`, or of one run of `runs` */
  update(nowS) {
    const lanes = this.#case === "lines" ? this.#lanes : [this.#lanes[this.#next++ % this.#lanes.length]];
    return { op: "update", sections: [this.#section(lanes.flatMap((lane) => [...this.#skipped(lane, nowS), this.#entry(lane, nowS)]), false)] };
  }

  /** @param {WireEntry[]} entries @param {boolean} isWhole */
  #section(entries, isWhole) {
    const from = this.#sent;
    this.#sent = this.#revision;
    const lanes = isWhole ? [] : this.#lanes.filter(({ name }) => entries.some(([, lane]) => lane === name));
    return { type: this.#case, epoch: "bench", from, to: this.#revision, reset: isWhole, entries, ...(this.#case === "lines" ? { floors: this.#floors(lanes) } : { strides: this.#strides(lanes) }) };
  }

  /** @param {Lane[]} lanes */
  #floors(lanes) {
    return Object.fromEntries(lanes.map(({ name, revisions }) => [name, revisions.splice(0, revisions.length - STORED.lines).at(-1) ?? 0]));
  }

  /** @param {Lane[]} lanes */
  #strides(lanes) {
    const full = lanes.filter((lane) => lane.stored > STORED.runs);
    for (const lane of full) Object.assign(lane, { stride: 2 * lane.stride, stored: Math.ceil(lane.stored / 2) });
    return Object.fromEntries(full.map(({ name, stride }) => [name, stride]));
  }

  /** @param {Lane} lane @param {number} nowS @returns {WireEntry[]} the removal of the newest entry, if the lane's stride skips it */
  #skipped({ name, count, stride }, nowS) {
    return this.#case === "runs" && count % stride !== 0 ? [[`${name}:${count}`, name, (this.#revision += 1), nowS, null]] : [];
  }

  /** @param {Lane} lane @param {number} nowS @returns {WireEntry} */
  #entry(lane, nowS) {
    lane.count += 1;
    this.#revision += 1;
    if (this.#case === "lines") lane.revisions.push(this.#revision);
    if (lane.count % lane.stride === 0) lane.stored += 1;
    const height = () => Math.exp(-lane.count / 3000) + this.#random() / 5;
    const value = this.#case === "lines" ? { loss: height() } : { lane: lane.name, values: Object.fromEntries(METRICS.map((name) => [name, height()])) };
    return [`${lane.name}:${lane.count}`, lane.name, this.#revision, nowS, { run: lane.name, step: lane.count, ...value }];
  }
}
