// @ts-check
/** Reads a picture's type and size from its first bytes, so that it is known before anything is decoded. */

/** @typedef {{type: string, width: number, height: number}} Header in pixels */

const HEADS = [1024, 65_536, Infinity]; // letters of base64, multiples of 4; a JPEG's size comes after its metadata
const DATA_URL = /^data:image\/[a-z]+;base64,/;

/** @param {string} base64 perhaps with the beginning of a `data:` URL @returns {string} */
export function withoutPrefix(base64) {
  return base64.slice(0, 40).replace(DATA_URL, "") + base64.slice(40);
}

/** @param {string} base64 @returns {Header | null} null if it is no PNG, JPEG or WebP */
export function headerOf(base64) {
  for (const letters of HEADS) {
    const header = headerIn(bytesOf(base64.slice(0, letters)));
    if (header || letters >= base64.length) return header;
  }
  return null;
}

/** @param {string} base64 @returns {Uint8Array<ArrayBuffer>} empty if it is not base64 */
export function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** Browsers draw what there is of a PNG that was cut off, which may be nothing. @param {Uint8Array} bytes @param {string} type */
export function isCutOff(bytes, type) {
  return type === "image/png" && !new TextDecoder("latin1").decode(bytes).includes("IEND");
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Header | null} */
function headerIn(bytes) {
  const view = new DataView(bytes.buffer);
  const text = (/** @type {number} */ from, /** @type {number} */ to) => String.fromCharCode(...bytes.subarray(from, to));
  try {
    if (text(0, 8) === "\x89PNG\r\n\x1a\n" && text(12, 16) === "IHDR") return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
    if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return webpHeader(view, text(12, 16));
    if (text(0, 3) === "\xff\xd8\xff") return jpegHeader(view);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the bytes end too early
  }
  return null;
}

/** Source: RFC 9649. @param {DataView} view @param {string} chunk @returns {Header | null} */
function webpHeader(view, chunk) {
  const type = "image/webp";
  if (chunk === "VP8 ") return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  const bits = view.getUint32(21, true);
  if (chunk === "VP8L") return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  if (chunk === "VP8X") return { type, width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
  return null;
}

/** Skip segments up to the start of the frame. Source: ITU T.81, annex B. @param {DataView} view @returns {Header | null} */
function jpegHeader(view) {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    // C4, C8 and CC are tables between the markers of frames; D8 to DA have no frame behind them.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { type: "image/jpeg", height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (marker === 0xda || marker === 0xd9) return null;
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}
