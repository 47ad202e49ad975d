// @ts-check
/**
 * Compares the mirror with the heads and digests in a heartbeat. Sans-I/O.
 *
 * A digest is the sum, modulo 2^32, of a number per entry: the CRC-32 of the key, started at the revision.
 */

/**
 * @typedef {Record<string, [epoch: string, revision: number]>} Heads
 * @typedef {{heads: Heads, digests?: Record<string, string>}} Heartbeat
 * @typedef {{type: string, expected: string, found: string}} Mismatch
 * @typedef {Pick<import("./mirror.js").Mirror, "head" | "entries">} Copies
 */

const MAX_UNVERIFIED = 255; // heartbeats, after several mismatches
const utf8 = new TextEncoder();
/** Of CRC-32 as in zlib, by byte */
const REMAINDERS = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** @param {{key: string, revision: number}[]} entries @returns {string} 8 hexadecimal digits */
export function digestOf(entries) {
  let total = 0;
  for (const { key, revision } of entries) total = (total + crc32(key, revision)) | 0;
  return (total >>> 0).toString(16).padStart(8, "0");
}

/** @param {string} key @param {number} start @returns {number} the CRC-32 of the key in UTF-8 */
function crc32(key, start) {
  let crc = ~start;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    if (code > 0x7f) return crc32OfBytes(utf8.encode(key), start);
    crc = REMAINDERS[(crc ^ code) & 0xff] ^ (crc >>> 8);
  }
  return ~crc;
}

/** @param {Uint8Array} bytes @param {number} start */
function crc32OfBytes(bytes, start) {
  let crc = ~start;
  for (const byte of bytes) crc = REMAINDERS[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc;
}

/** @param {Heads} heads @param {Copies} mirror @returns {boolean} whether the mirror lacks something up to these heads */
export function isBehind(heads, mirror) {
  return Object.entries(heads).some(([type, [epoch, revision]]) => {
    const head = mirror.head(type);
    return head ? head.epoch !== epoch || head.revision < revision : revision > 0;
  });
}

/** Compares heartbeats with the mirror; a mirror that is wrong again is compared less often each time. */
export class Verifier {
  /** Whether to connect without a cursor, until the next heartbeat */
  isStartingOver = false;
  #mismatches = 0;
  #unverified = 0;

  /**
   * Return the first type of which the mirror has other entries than the server had at the same head.
   * @param {Heartbeat} heartbeat @param {Copies} mirror @returns {Mismatch | null}
   */
  mismatchIn({ heads, digests = {} }, mirror) {
    this.isStartingOver = false; // every heartbeat follows a replay
    if (this.#unverified > 0) {
      this.#unverified -= 1;
      return null;
    }
    for (const [type, expected] of Object.entries(digests)) {
      const head = mirror.head(type);
      if (!head || head.epoch !== heads[type]?.[0] || head.revision !== heads[type][1]) continue;
      const found = digestOf(mirror.entries(type));
      if (found !== expected) return this.#noteMismatch({ type, expected, found });
    }
    return null;
  }

  /** @param {Mismatch} mismatch */
  #noteMismatch(mismatch) {
    this.#unverified = Math.min(2 ** this.#mismatches - 1, MAX_UNVERIFIED);
    this.#mismatches += 1;
    this.isStartingOver = true;
    return mismatch;
  }
}
