// @ts-check
/** The theme: the user's choice in this browser, otherwise the system's. Runs before the first paint. */
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
}
