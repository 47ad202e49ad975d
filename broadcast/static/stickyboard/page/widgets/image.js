// @ts-check
/** Pictures that events contain as base64. Nothing is decoded before its type and size are known and allowed. */

import { computedStyleOf, watchSize } from "../computed_style.js";
import { contentOf, makeRow, once, paintRows, requestPaint, setAttribute, setStyle, setTexts } from "../dom.js";
import { nameAt, valueAt } from "../fields.js";
import { byName, bytesText, countText } from "../format.js";
import { hiddenText, partOf } from "../not_shown.js";
import { bytesOf, headerOf, isCutOff, withoutPrefix } from "../image_header.js";
import { clockText } from "../times.js";
import { entriesOf, remembered } from "../view.js";

/**
 * @typedef {{source: string, caption?: string, label?: string, strip: number}} Options
 * @typedef {{base64: string, type: string, width: number, height: number, bytes: number, problem: string}} Source `problem` is "" if it may be decoded
 * @typedef {{id: string, source: Source, label: string, caption: string, alt: string}} Picture
 * @typedef {{pictures: Picture[], all: number}} Model
 */

const MAX_BYTES = 500_000;
const MAX_SIDE = 8192;
const MAX_PIXELS = 4096 * 4096; // 64 MB when decoded
const [USUAL_EM, LEAST_EM, PHONE_EM] = [9, 5, 28]; // widths of a picture in a strip, and of a phone
const [GAP_EM, CAPTION_EM] = [1, 2.4];
const SMALL_PX = 128; // up to this size, pixels are shown as squares

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  const pictureOf = remembered((/** @type {Entry} */ entry) => readPicture(entry, options));
  return {
    empty: { text: "No pictures yet." },
    model(view, context) {
      const entries = entriesOf(view, context).sort((a, b) => a.at - b.at || a.revision - b.revision);
      const newest = entries.slice(-options.strip).reverse();
      const pictures = newest.map((entry) => pictureOf(entry));
      // Pictures with a key change in place, so they have the order of their names.
      if (context.eventTypes.every(({ policy }) => policy === "last_value")) pictures.sort((a, b) => byName(a.label, b.label));
      return { pictures, all: entries.length };
    },
    paint,
    table: (view, context) => tableOf(entriesOf(view, context).map((entry) => pictureOf(entry))),
  };
}

/** @param {Entry} entry @param {Options} options @returns {Picture} */
function readPicture({ key, at, value }, { source, label, caption, strip }) {
  const name = label ? (nameAt(value, label) ?? "–") : strip > 1 && !caption ? clockText(at) : "";
  const text = caption ? (nameAt(value, caption) ?? "–") : "";
  const read = readSource(valueAt(value, source));
  const size = `${countText(read.width)} × ${countText(read.height)} pixels`;
  return { id: strip === 1 ? "" : key, source: read, label: name, caption: text, alt: [name, text].filter(Boolean).join(": ") || `Picture of ${size}` };
}

/** @param {unknown} text @returns {Source} */
function readSource(text) {
  const none = { base64: "", type: "", width: 0, height: 0, bytes: 0 };
  if (typeof text !== "string") return { ...none, problem: "The event has no picture." };
  const base64 = withoutPrefix(text);
  const bytes = Math.floor((base64.length * 3) / 4);
  if (bytes > MAX_BYTES + 3) return { ...none, bytes, problem: `The picture has ${bytesText(bytes)}; the limit is ${bytesText(MAX_BYTES)}.` };
  const header = headerOf(base64);
  if (header === null) return { ...none, bytes, problem: "This is not a PNG, JPEG or WebP in base64." };
  return { base64, ...header, bytes, problem: sizeProblem(header) };
}

/** @param {import("../image_header.js").Header} header */
function sizeProblem({ width, height }) {
  if (width >= 1 && height >= 1 && Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS) return "";
  return `The picture has ${countText(width)} × ${countText(height)} pixels; the limit is 4,096 × 4,096.`;
}

/** @param {Picture[]} pictures @returns {Table} all of them, without their contents */
function tableOf(pictures) {
  const rows = pictures.map(({ label, caption, source: { type, width, height, bytes, problem } }) => [label, caption, type, width, height, bytes, problem]);
  return { columns: ["name", "caption", "type", "width", "height", "bytes", "problem"], rows };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, { pictures, all }) {
  const list = contentOf(element, "div.pictures");
  const size = once(list, () => watchSize(element));
  list.classList.toggle("is-strip", pictures.length > 1);
  setStyle(list, "--columns", String(columnsOf(pictures.map(({ source }) => source), size, computedStyleOf(list).emPx)));
  paintRows(list, pictures, ({ id }) => id, createFigure, paintFigure);
  return hiddenText([partOf(pictures.length, all, "picture")], "The table lists all.");
}

/**
 * Choose the number of columns: as few as let all pictures fit without scrolling, so that they are large.
 * @param {Pick<Source, "width" | "height">[]} pictures @param {Size} size @param {number} emPx
 */
export function columnsOf(pictures, { width, height }, emPx) {
  const highest = Math.max(0, ...pictures.map((picture) => Math.min(3, picture.height / picture.width) || 1));
  const columnsFor = (/** @type {number} */ leastEm) => Math.max(2, Math.floor((width + GAP_EM * emPx) / ((leastEm + GAP_EM) * emPx)));
  const heightOf = (/** @type {number} */ columns) => Math.ceil(pictures.length / columns) * ((width * highest) / columns + (CAPTION_EM + GAP_EM) * emPx);
  if (width < PHONE_EM * emPx) return columnsFor(USUAL_EM); // there, a scene is as high as its content
  const most = Math.min(pictures.length, columnsFor(LEAST_EM));
  let columns = Math.min(2, most);
  while (heightOf(columns) > height && columns < most) columns += 1;
  return columns;
}

function createFigure() {
  const parts = makeRow("figure.picture", {
    frame: "div.picture-frame", problem: "frame > p.picture-problem", caption: "figcaption.picture-caption", label: "caption > b", text: "caption > span",
  });
  return { ...parts, picture: /** @type {HTMLImageElement | null} */ (null),
    wanted: /** @type {Source | null} */ (null), loaded: /** @type {Source | null} */ (null), isLoading: false, failure: "", alt: "" };
}

/** @typedef {ReturnType<typeof createFigure>} Slot */

/** @param {Slot} slot @param {Picture} picture */
function paintFigure(slot, { source, label, caption, alt }) {
  Object.assign(slot, { wanted: source, alt });
  const { width, height } = source;
  // The space is reserved before the picture is there.
  setStyle(slot.frame, "--ratio", width && height ? `${Math.max(width, height / 3)} / ${Math.max(height, width / 3)}` : "1");
  slot.frame.classList.toggle("is-small", Math.max(width, height) <= SMALL_PX);
  setAttribute(slot.caption, "title", alt); // a long one is cut
  slot.caption.hidden = label === "" && caption === "";
  const isLoaded = isSame(slot.loaded, source);
  const problem = source.problem || (isLoaded ? slot.failure : "");
  setTexts(slot, { label, text: caption, problem });
  if (slot.picture) {
    setAttribute(slot.picture, "alt", alt);
    slot.picture.hidden = problem !== "";
  }
  if (source.problem === "" && !slot.isLoading && !isLoaded) load(slot);
}

/** Whether it is loaded already: a producer may send the same picture again. @param {Source | null} loaded @param {Source} wanted */
export function isSame(loaded, wanted) {
  return loaded?.base64 === wanted.base64;
}

/** Pictures are decoded one after the other: each may need 64 MB. */
let queue = Promise.resolve();

/** Load the newest wanted picture; those that came and went meanwhile are skipped. @param {Slot} slot */
function load(slot) {
  slot.isLoading = true;
  queue = queue.then(async () => {
    const source = slot.wanted;
    if (source && slot.element.isConnected) {
      const picture = await decoded(source);
      slot.failure = picture ? "" : "The picture could not be decoded.";
      if (picture) replace(slot, picture);
    }
    Object.assign(slot, { loaded: source, isLoading: false });
    requestPaint(slot.element);
  });
}

/** @param {Slot} slot @param {HTMLImageElement} picture */
function replace(slot, picture) {
  slot.picture?.remove();
  slot.picture = picture;
  setAttribute(picture, "alt", slot.alt);
  slot.frame.prepend(picture);
}

/** @param {Source} source @returns {Promise<HTMLImageElement | null>} decoded outside the main thread; null if that failed */
async function decoded({ base64, type, width, height }) {
  const bytes = bytesOf(base64);
  if (isCutOff(bytes, type)) return null;
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const picture = Object.assign(document.createElement("img"), { width, height, src: url });
  try {
    await picture.decode();
    return picture;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}
