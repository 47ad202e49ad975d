// @ts-check
/** The one command that would fill a scene, and where it is said what may be sent. Pure. */

/**
 * @param {object} example an event, with or without its type
 * @param {string} eventType of the scene, where the example names none
 * @param {string} origin the page's own
 * @returns {string} for a shell in which STICKYBOARD_TOKEN is set
 */
export function commandOf(example, eventType, origin) {
  // A quote inside would end the shell's word.
  const event = JSON.stringify({ type: eventType, ...example }).replaceAll("'", "\\u0027");
  return `curl ${origin}/api/events -H "Authorization: Bearer $STICKYBOARD_TOKEN" -d '${event}'`;
}

/** @param {string} eventType @returns {string} the address of what the page for who sends says of it */
export function docsOf(eventType) {
  return `/docs/events/#${encodeURIComponent(eventType)}`;
}
