// @ts-check
/**
 * What a busy lab comes to, as updates of the protocol: rings with their floors, values that are replaced, new
 * windows of new episodes that push the oldest out, and once a second a whole embedding.
 *
 * No two updates of a tick fold into one: each reaches the page.
 */

const MODELS = ["gbt", "mlp", "cnn", "knn_semi", "gru", "lstm", "bert", "knn"];
const CLASSES = ["benign", "dos", "phishing", "scan", "botnet"];
const [HOSTS, PER_HOST, WINDOWS, MOST_PREDICTIONS, MOST_EPISODES, POINTS, CURVE] = [16, 60, 40, 4096, 20, 2000, 100];
/** Of 167 updates, which is what 10,000 a second are in a tick. @type {[type: string, weight: number][]} */
export const WEIGHTS = [
  ["live_detection", 100],
  ["prediction", 40],
  ["model_metric", 8],
  ["model_perf", 8],
  ["attack_profile", 4],
  ["recent_episodes", 3],
  ["total_alerts", 1],
  ["total_bytes", 1],
  ["host_counts", 1],
  ["phase_mix", 1],
];
const SUM = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);

/** @typedef {import("../../../broadcast/static/stickyboard/mirror.js").WireEntry} WireEntry */
/** @typedef {{key: string, lane: string, value: object}} Made */

/** One keyspace as a server has it, as far as updates need it. */
class Keyspace {
  revision = 0;
  sent = 0;
  /** @type {WireEntry[]} */
  news = [];
  /** Stored revisions, oldest first, by lane @type {Map<string, number[]>} */
  #revisions = new Map();
  /** @type {Map<string, number>} */
  #floors = new Map();
  #most;

  /** @param {number} most entries of a lane; 0 where keys are replaced and none is pushed out */
  constructor(most) {
    this.#most = most;
  }

  /** @param {Made} made @param {number} nowS */
  add({ key, lane, value }, nowS) {
    this.revision += 1;
    this.news.push([key || String(this.revision), lane, this.revision, nowS, value]);
    if (this.#most === 0) return;
    const revisions = this.#revisions.get(lane) ?? [];
    this.#revisions.set(lane, revisions);
    revisions.push(this.revision);
    if (revisions.length > this.#most) this.#floors.set(lane, revisions.shift() ?? 0);
  }

  /** @param {string} type @returns {object} what is new, of each key the newest */
  section(type) {
    const entries = [...new Map(this.news.map((entry) => [entry[0], entry])).values()].sort((a, b) => a[2] - b[2]);
    const section = { type, epoch: "bench", from: this.sent, to: this.revision, floors: Object.fromEntries(this.#floors), entries };
    const isFirst = this.sent === 0;
    this.sent = this.revision;
    this.news = [];
    this.#floors.clear();
    return isFirst ? { ...section, from: 0, reset: true } : section;
  }
}

export class Feed {
  #random;
  #count = 0;
  #credit = 0;
  #embeddings = 0;
  /** @type {Map<string, Keyspace>} */
  #keyspaces = new Map();

  /** @param {() => number} random from 0 up to 1 */
  constructor(random) {
    this.#random = random;
    for (const [type] of [...WEIGHTS, ["embedding"]]) {
      const most = { live_detection: PER_HOST, prediction: MOST_PREDICTIONS, recent_episodes: MOST_EPISODES }[String(type)];
      this.#keyspaces.set(String(type), new Keyspace(most ?? 0));
    }
  }

  /** @param {number} nowS @returns {object} an update with everything that is bounded filled up to its bound */
  replay(nowS) {
    for (let count = 0; count < MOST_PREDICTIONS; count += 1) this.#add("prediction", nowS);
    for (let count = 0; count < HOSTS * PER_HOST; count += 1) this.#add("live_detection", nowS);
    for (let count = 0; count < 2 * SUM; count += 1) this.#addNext(nowS);
    this.#add("embedding", nowS);
    return { op: "update", caught_up: true, sections: this.#sections() };
  }

  /**
   * @param {number} updates how many happened since the last one
   * @param {number} nowS
   * @returns {object} an update with them
   */
  update(updates, nowS) {
    for (let count = 0; count < updates; count += 1) this.#addNext(nowS);
    if (Math.floor(nowS) !== this.#embeddings) this.#add("embedding", nowS);
    this.#embeddings = Math.floor(nowS);
    return { op: "update", sections: this.#sections() };
  }

  #sections() {
    return [...this.#keyspaces].filter(([, { news }]) => news.length > 0).map(([type, keyspace]) => keyspace.section(type));
  }

  /** @param {number} nowS The next one in turn, so that each tick has of all. */
  #addNext(nowS) {
    this.#credit = (this.#credit + 61) % SUM; // 61 shares no factor with 167, so each place comes once
    let place = this.#credit;
    for (const [type, weight] of WEIGHTS) {
      if (place < weight) return this.#add(type, nowS);
      place -= weight;
    }
  }

  /** @param {string} type @param {number} nowS */
  #add(type, nowS) {
    this.#count += 1;
    this.#keyspaces.get(type)?.add(this.#make(type), nowS);
  }

  /** @param {string} type @returns {Made} */
  #make(type) {
    const random = this.#random;
    const number = this.#keyspaces.get(type)?.revision ?? 0;
    const pick = (/** @type {string[]} */ names) => names[Math.floor(random() * names.length)];
    const share = Number(random().toFixed(4));
    const model = MODELS[number % MODELS.length];
    const host = `host-${number % HOSTS}`;
    const [label, truth] = [pick(CLASSES), pick(CLASSES)];
    switch (type) {
      case "live_detection":
        return { key: "", lane: host, value: { type, host_id: host, score: share, alert: share > 0.95, label } };
      case "prediction": {
        const [episode_id, window_idx] = [`episode-${Math.floor(number / WINDOWS)}`, number % WINDOWS];
        const probabilities = { [label]: share, [truth]: Number((1 - share).toFixed(4)) };
        return { key: `${episode_id}:${window_idx}`, lane: "", value: { type, episode_id, window_idx, label, truth, probabilities } };
      }
      case "model_metric":
        return { key: model, lane: "", value: { type, model, macro_f1: share, macro_f1_ci: [share * 0.9, share * 0.9 + 0.1], rows: number } };
      case "model_perf":
        return { key: model, lane: "", value: { type, model, latency_ms: 10 * share, throughput_per_s: 9000 * random(), size_bytes: 182_000 } };
      case "attack_profile": {
        const x = Array.from({ length: CURVE }, (_, step) => step / CURVE);
        return { key: model, lane: "", value: { type, name: model, x, y: x.map((at) => Number((at ** (0.2 + share)).toFixed(4))) } };
      }
      case "embedding": {
        const points = Array.from({ length: POINTS }, () => [Number((9 * random()).toFixed(3)), Number((9 * random()).toFixed(3))]);
        return { key: "all", lane: "", value: { type, points, labels: points.map(([x]) => CLASSES[Math.floor(x) % CLASSES.length]) } };
      }
      case "recent_episodes":
        return { key: "", lane: "", value: { type, episode_id: `e-${number}`, host_id: host, label, windows: 40, alerts: number % 9 } };
      case "host_counts":
        return { key: "all", lane: "", value: { type, counts: Object.fromEntries(MODELS.map((_, each) => [`host-${each}`, number * (each + 1)])) } };
      case "phase_mix":
        return { key: "all", lane: "", value: { type, shares: { benign: share, suspicious: (1 - share) / 2, phishing: (1 - share) / 2 } } };
      case "total_bytes":
        return { key: "all", lane: "", value: { type, bytes: number * 5120 } };
      default:
        return { key: "all", lane: "", value: { type, alerts: number } };
    }
  }
}
