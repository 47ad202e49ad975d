// @ts-check
/** Dark or light: what was chosen here before, else what the system says. Runs before the first paint. */
{
  const system = matchMedia("(prefers-color-scheme: light)");

  const apply = () => {
    const chosen = localStorage.getItem("stickyboard.theme");
    document.documentElement.dataset.theme = chosen ?? (system.matches ? "light" : "dark");
  };

  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("theme-chosen", apply);
  apply();
}
