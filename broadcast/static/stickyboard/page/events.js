// @ts-check
/** Buttons that copy an example, if the browser lets the page write to the clipboard. */

/**
 * Show each copy button, and let it copy the text of the element that it names.
 * @param {Document} page
 * @param {{writeText: (text: string) => Promise<void>} | undefined} clipboard
 */
export function offerCopies(page, clipboard) {
  if (!clipboard) return;
  for (const button of page.querySelectorAll("button")) {
    const source = page.getElementById(button.dataset.copies ?? "");
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await clipboard.writeText(source.textContent ?? "");
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed: select the text and copy it";
      }
    });
  }
}

if (globalThis.document) offerCopies(document, navigator.clipboard);
