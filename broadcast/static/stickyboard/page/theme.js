// @ts-check
/** Dark or light: what was chosen in this browser, else what the system says. Runs before the first paint. */
{
  const system = matchMedia("(prefers-color-scheme: light)");

  const chosen = () => {
    try {
      return localStorage.getItem("stickyboard.theme");
    } catch {
      return null; // this browser may keep nothing
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
