// @ts-check
/** Decompresses a message of the server. */

export const MAX_INFLATED_BYTES = 268_435_456;

/** Whether this browser can; Chromium can since 80, Firefox since 113, Safari since 16.4. */
export const canInflate = typeof DecompressionStream === "function";

/**
 * Decompress in pieces, so that a small message cannot fill the memory.
 * @param {ArrayBuffer} data
 * @param {number} [maxBytes]
 * @returns {Promise<string>}
 */
export async function inflate(data, maxBytes = MAX_INFLATED_BYTES) {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  Promise.all([writer.write(new Uint8Array(data)), writer.close()]).catch(() => {}); // reading reports the error
  const reader = stream.readable.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let bytes = 0; ; ) {
    const { value, done } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      reader.cancel().catch(() => {});
      throw new RangeError(`a message is larger than ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
