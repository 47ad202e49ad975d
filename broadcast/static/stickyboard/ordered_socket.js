// @ts-check
/**
 * A WebSocket that may receive compressed messages. Decompressing one takes time, so whatever arrives after it waits,
 * also the end of the connection.
 */

/**
 * @typedef {object} Listener
 * @property {() => void} onArrival called at once with everything that arrives
 * @property {(text: string, bytes: number) => void} onMessage called in order; `bytes` is the size on the wire
 * @property {(error: unknown) => void} onUnreadable a message could not be decompressed, or `onMessage` threw
 * @property {(close: CloseEvent) => void} onClose
 */

const utf8 = new TextEncoder();

export class OrderedSocket {
  #socket;
  #listener;
  #inflate;
  #waiting = 0;
  #isDropped = false;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {WebSocket} socket
   * @param {Listener} listener
   * @param {(data: ArrayBuffer) => Promise<string>} inflate
   * @param {string} [first] sent when the socket is open
   */
  constructor(socket, listener, inflate, first = "") {
    /** @type {WebSocket} */ this.#socket = socket;
    /** @type {Listener} */ this.#listener = listener;
    /** @type {(data: ArrayBuffer) => Promise<string>} */ this.#inflate = inflate;
    socket.binaryType = "arraybuffer";
    if (first) socket.onopen = () => socket.send(first);
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = (close) => this.#run(() => listener.onClose(close));
  }

  get isOpen() {
    return this.#socket.readyState === 1;
  }

  /** @param {string} text */
  send(text) {
    this.#socket.send(text);
  }

  /** Close, and discard what has not been delivered. */
  drop() {
    this.#isDropped = true;
    // A browser may wait a minute for the peer's close frame; messages that arrive until then are ignored.
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    this.#listener.onArrival();
    if (typeof data === "string") this.#run(() => this.#listener.onMessage(data, utf8.encode(data).length));
    else this.#wait(this.#inflate(data), (text) => this.#listener.onMessage(text, data.byteLength));
  }

  /** Run after the messages that wait; at once if there is none. @param {() => void} next */
  #run(next) {
    if (this.#waiting > 0) return this.#wait(Promise.resolve(""), next);
    try {
      next();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!this.#isDropped) this.#listener.onUnreadable(error);
  }

  /** @param {Promise<string>} content @param {(text: string) => void} next */
  #wait(content, next) {
    this.#waiting += 1;
    this.#last = Promise.all([content, this.#last])
      .then(([text]) => this.#isDropped || next(text))
      .catch((error) => this.#fail(error))
      .then(() => (this.#waiting -= 1));
  }
}
