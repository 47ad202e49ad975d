// @ts-check
/** The one command that would fill a scene, and where it is said what may be sent. Pure. */

/**
 * @param {object} event
 * @param {string} url where events are posted
 * @returns {string} for a shell in which STICKYBOARD_TOKEN is set
 */
export function commandOf(event, url) {
  // A quote inside would end the shell's word.
  const text = JSON.stringify(event).replaceAll("'", "\\u0027");
  return `curl ${url} -H "Authorization: Bearer $STICKYBOARD_TOKEN" -d '${text}'`;
}

/**
 * @param {string} eventType
 * @param {string} page the path of the page that documents event types
 * @returns {string} the address of this event type on it
 */
export function docsOf(eventType, page) {
  return `${page}#${encodeURIComponent(eventType)}`;
}
