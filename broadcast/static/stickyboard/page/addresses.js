// @ts-check
/** Addresses of this server that the page shows or links to. The server writes them into the page's body. */

/** @returns {string} where events are posted */
export function eventsUrl() {
  return new URL(document.body.dataset.eventsPath ?? "", location.href).href;
}

/** @returns {string} the path of the page that documents event types */
export function docsPath() {
  return document.body.dataset.docsPath ?? "";
}
