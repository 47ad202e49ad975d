// @ts-check
/**
 * How large an element is and what its style says, as paints need it.
 *
 * It is read before the first paint of each frame. Paints write, and to ask the browser after a write makes
 * it lay out the page: once for each scene instead of once for all.
 */

/** @typedef {{width: number, height: number, emPx: number, fontFamily: string, properties: Map<string, string>}} Look */

/** @type {Map<Element, Look>} */
const looks = new Map();

/**
 * @param {Element} element one that stays on the page, as it is read at every frame from now on
 * @returns {Look} as it was before this frame's paints; sizes in CSS pixels, of the letters too
 */
export function lookOf(element) {
  const known = looks.get(element);
  // What was not laid out may have been shown by this paint.
  if (known && known.width > 0) return known;
  const look = read(element, known?.properties ?? new Map());
  looks.set(element, look);
  return look;
}

/** @param {Element} element @param {string} property @returns {string} its value, as of a colour */
export function propertyOf(element, property) {
  const { properties } = lookOf(element);
  const value = properties.get(property) ?? getComputedStyle(element).getPropertyValue(property).trim();
  properties.set(property, value);
  return value;
}

/** Read everything anew. Call it before a frame's first write. */
export function readLooks() {
  for (const [element, { properties }] of looks) looks.set(element, read(element, properties));
}

/** @param {Element} element @param {Map<string, string>} known properties to read again @returns {Look} */
function read(element, known) {
  const style = getComputedStyle(element);
  const properties = new Map([...known.keys()].map((property) => [property, style.getPropertyValue(property).trim()]));
  const { clientWidth: width, clientHeight: height } = element;
  return { width, height, emPx: parseFloat(style.fontSize), fontFamily: style.fontFamily, properties };
}
