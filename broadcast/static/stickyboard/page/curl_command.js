// @ts-check
/** The command that fills an empty scene, and links to the event types page. The server writes both paths into the body, except where a link is shared. */

/**
 * @param {object} event
 * @param {string} [url] to post events to
 * @param {string} [local] the command of this machine that sends an event, if the board runs on it
 * @returns {string} for a shell; without a local command, one in which STICKYBOARD_TOKEN is set
 */
export function commandOf(event, url = eventsUrl(), local = document.body.dataset.sendCommand ?? "") {
  // A quote inside would end the shell's word.
  const text = JSON.stringify(event).replaceAll("'", "\\u0027");
  if (local) return `${local} --json '${text}'`;
  return `curl ${url} -H "Authorization: Bearer $STICKYBOARD_TOKEN" -d '${text}'`;
}

function eventsUrl() {
  return new URL(document.body.dataset.eventsPath ?? "", location.href).href;
}

/**
 * @param {string} eventType
 * @param {string} [page] path of the event types page
 * @returns {string} the URL of this event type on it, "" without such a page
 */
export function docsUrl(eventType, page = document.body.dataset.docsPath ?? "") {
  return page && `${page}#${encodeURIComponent(eventType)}`;
}
