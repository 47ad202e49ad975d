"""System checks of the environment."""

from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  # as Django names it

from dashboard_project import env


@register
def check_environment(known: Collection[str] = env.KNOWN, **_: Any) -> Iterator[CheckMessage]:
    """W001: the environment contains a variable that nothing reads."""
    hint = "Correct the name, or remove it; docs/reference/settings.md lists all variables."
    misspelt = env.misspelt(known) if "STICKYBOARD_SECRET_KEY" in known else {}  # else another project's settings
    for name, suggestion in misspelt.items():
        yield Warning(f"nothing reads the variable {name}{suggestion}", hint=hint, id="dashboard_project.W001")


@register(Tags.security, deploy=True)
def check_preload(**_: Any) -> Iterator[CheckMessage]:
    """W003: browsers' preload lists do not accept this server's header."""
    is_accepted = settings.SECURE_HSTS_SECONDS and settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
    if settings.SECURE_HSTS_PRELOAD and not is_accepted:
        problem = "STICKYBOARD_HSTS_PRELOAD has no effect: browsers' preload lists require includeSubDomains"
        hint = "Also set STICKYBOARD_HTTPS and STICKYBOARD_HSTS_SUBDOMAINS, or remove it."
        yield Warning(problem, hint=hint, id="dashboard_project.W003")


@register(Tags.security, deploy=True)
def check_proxy(**_: Any) -> Iterator[CheckMessage]:
    """W004: a proxy is in front, but its `X-Forwarded-For` is not trusted."""
    if settings.SECURE_PROXY_SSL_HEADER and not env.read_text("FORWARDED_ALLOW_IPS"):
        problem = "all clients of the proxy count as one address: the server trusts no X-Forwarded-For"
        hint = "Set FORWARDED_ALLOW_IPS to the proxy's address, such as 127.0.0.1."
        yield Warning(problem, hint=hint, id="dashboard_project.W004")
