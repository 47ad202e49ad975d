// @ts-check
/**
 * Puts a worker in the place of the page's socket, and measures what its main thread does for each frame.
 *
 * A frame's work is what its messages took (parsing, the mirror, marking scenes) and what lies between the
 * first callback of its animation frame and the first task after it: all callbacks, style, layout and paint.
 * Classic, as it must run before the page's modules.
 */
(() => {
  const SAMPLES = 3600;
  const LATE_MS = 25; // half a frame later than 60 a second have it
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const parameters = new URLSearchParams(location.search);
  const [rate, curves] = [parameters.get("rate") ?? "10000", parameters.get("curves") ?? ""];

  class FedSocket {
    readyState = 1;
    /** @type {((message: {data: string}) => void) | null} */
    onmessage = null;
    onclose = null;
    #worker = new Worker(new URL(`feed_worker.js?rate=${rate}&curves=${curves}`, src), { type: "module" });

    constructor() {
      this.#worker.onmessage = ({ data }) => {
        const began = performance.now();
        this.onmessage?.({ data });
        gauge.took(performance.now() - began, data.length);
      };
    }

    send() {}

    close() {
      this.#worker.terminate();
    }
  }

  /** @typedef {{atMs: number, beganMs: number, messageMs: number, workMs: number | null}} Frame */

  class Gauge {
    /** Oldest first; the newest may still be at work. @type {Frame[]} */
    frames = [];
    bytes = 0;
    #messageMs = 0;
    #count = 0;
    #channel = new MessageChannel();

    constructor() {
      this.#channel.port1.onmessage = ({ data }) => {
        if (data === this.#count) this.#end();
      };
      requestAnimationFrame((atMs) => this.#begin(atMs));
    }

    /** @param {number} ms @param {number} bytes */
    took(ms, bytes) {
      this.#messageMs += ms;
      this.bytes += bytes;
    }

    /** Forget what was measured so far. */
    start() {
      this.frames = [];
      this.bytes = 0;
    }

    /** @param {number} atMs */
    #begin(atMs) {
      // Asked for a frame ahead, so that this callback is the first of its frame.
      requestAnimationFrame((next) => this.#begin(next));
      this.#end(); // where the task after the last frame has not come yet, that frame took until now
      this.frames.push({ atMs, beganMs: performance.now(), messageMs: this.#messageMs, workMs: null });
      this.#messageMs = 0;
      if (this.frames.length > SAMPLES) this.frames.shift();
      this.#channel.port2.postMessage((this.#count += 1));
    }

    #end() {
      const frame = this.frames.at(-1);
      if (!frame || frame.workMs !== null) return;
      // A message that came before this task is counted with the next frame.
      frame.workMs = frame.messageMs + performance.now() - frame.beganMs - this.#messageMs;
    }

    figures() {
      const ended = this.frames.filter(({ workMs }) => workMs !== null);
      const work = ended.map(({ workMs }) => workMs ?? 0).sort((a, b) => a - b);
      const messages = ended.map(({ messageMs }) => messageMs).sort((a, b) => a - b);
      const between = ended.slice(1).map(({ atMs }, index) => atMs - ended[index].atMs);
      const seconds = between.reduce((sum, ms) => sum + ms, 0) / 1000;
      return {
        frames_per_s: between.length / seconds,
        late_percent: (100 * between.filter((ms) => ms > LATE_MS).length) / between.length,
        work_p50_ms: at(work, 0.5),
        work_p95_ms: at(work, 0.95),
        work_p99_ms: at(work, 0.99),
        messages_p50_ms: at(messages, 0.5),
        mb_per_s: this.bytes / 1e6 / seconds,
      };
    }
  }

  /** @param {number[]} sorted @param {number} share */
  function at(sorted, share) {
    return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  }

  const gauge = new Gauge();
  Object.assign(window, { gauge, WebSocket: FedSocket });

  addEventListener("load", () => {
    const shown = document.body.appendChild(Object.assign(document.createElement("output"), { className: "gauge" }));
    shown.ariaLive = "off";
    setInterval(() => {
      const { frames_per_s, work_p50_ms, work_p95_ms, work_p99_ms } = gauge.figures();
      const times = [work_p50_ms, work_p95_ms, work_p99_ms].map((ms) => ms.toFixed(1)).join(" / ");
      shown.textContent = `${rate} updates/s   ${frames_per_s.toFixed(1)} frames/s   work p50 / p95 / p99: ${times} ms`;
    }, 1000);
  });
})();
