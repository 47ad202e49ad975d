// @ts-check
/** The theme: the user's choice in this browser, otherwise the system's. Runs before the first paint, and warms up for it. */
{
  const system = matchMedia("(prefers-color-scheme: light)");

  const chosen = () => {
    try {
      return localStorage.getItem("stickyboard.theme");
    } catch {
      return null; // the browser allows no storage
    }
  };

  const apply = () => {
    const theme = chosen() ?? (system.matches ? "light" : "dark");
    document.documentElement.dataset.theme = theme === "light" ? "light" : "dark";
  };

  system.addEventListener("change", apply);
  addEventListener("storage", apply); // chosen in another tab
  apply();
  const warmUp = () => {
    document.body.getBoundingClientRect(); // the first layout of a page loads its fonts
    new Intl.Collator("en", { numeric: true });
    document.createElement("canvas").getContext("2d")?.measureText("0");
  };
  // Until the page's other scripts arrive, the browser has nothing else to do.
  document.addEventListener("readystatechange", warmUp, { once: true });
}
