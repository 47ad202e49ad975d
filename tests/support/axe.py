"""Accessibility violations that axe finds on a page."""

from typing import Any

from axe_playwright_python.async_playwright import Axe

from tests.support.tab import Tab

# Only colours differ in the light, so only what is about them is looked at again.
SCHEMES: dict[str, dict[str, Any]] = {"dark": {}, "light": {"runOnly": ["color-contrast"]}}
FOUND = {"resultTypes": ["violations"]}  # to describe the elements that passed takes as long as the rest


async def barriers(tab: Tab, *schemes: str) -> list[tuple[str, str, str]]:
    """Return theme, rule and element of each violation, in these themes or in both; leave the page in the last one."""
    found = []
    for scheme in schemes or SCHEMES:
        await tab.page.emulate_media(color_scheme=scheme)
        await tab.until(f"document.documentElement.dataset.theme === '{scheme}'")
        found += [(scheme, *each) for each in await violations(tab, **SCHEMES[scheme])]
    return found


async def violations(tab: Tab, context: str | None = None, **options: Any) -> list[tuple[str, str]]:
    """Return rule and element of each violation in the page's present state."""
    result = await Axe().run(tab.page, context, {**FOUND, **options})
    return [(each["id"], each["nodes"][0]["html"]) for each in result.response["violations"]]
