// @ts-check
/** The one command that would fill a scene, and where it is said what may be sent. Pure. */

/**
 * @param {object} event
 * @param {string} origin the page's own
 * @returns {string} for a shell in which STICKYBOARD_TOKEN is set
 */
export function commandOf(event, origin) {
  // A quote inside would end the shell's word.
  const text = JSON.stringify(event).replaceAll("'", "\\u0027");
  return `curl ${origin}/api/events -H "Authorization: Bearer $STICKYBOARD_TOKEN" -d '${text}'`;
}

/** @param {string} eventType @returns {string} the address of what the page for who sends says of it */
export function docsOf(eventType) {
  return `/docs/events/#${encodeURIComponent(eventType)}`;
}
