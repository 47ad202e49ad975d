// @ts-check
/** The command that fills an empty scene, and links to the event types page. The server writes both paths into the body, except where a link is shared. */

/**
 * @param {object} event
 * @param {string} [url] to post events to
 * @returns {string} for a shell in which STICKYBOARD_TOKEN is set
 */
export function commandOf(event, url = new URL(document.body.dataset.eventsPath ?? "", location.href).href) {
  // A quote inside would end the shell's word.
  const text = JSON.stringify(event).replaceAll("'", "\\u0027");
  return `curl ${url} -H "Authorization: Bearer $STICKYBOARD_TOKEN" -d '${text}'`;
}

/**
 * @param {string} eventType
 * @param {string} [page] path of the event types page
 * @returns {string} the URL of this event type on it, "" without such a page
 */
export function docsUrl(eventType, page = document.body.dataset.docsPath ?? "") {
  return page && `${page}#${encodeURIComponent(eventType)}`;
}
