"""System checks of the environment."""

from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  # as Django names it

from dashboard_project import env


@register
def check_environment(
    app_configs: Sequence[Any] | None = None, known: Collection[str] = env.KNOWN, **_: Any
) -> list[CheckMessage]:
    """W001: the environment contains a variable that nothing reads."""
    hint = "Correct the name, or remove it; docs/reference/settings.md lists all variables."
    if "STICKYBOARD_SECRET_KEY" not in known:  # another project's settings
        return []
    return [
        Warning(f"nothing reads the variable {name}{suggestion}", hint=hint, id="dashboard_project.W001")
        for name, suggestion in env.misspelt(known).items()
    ]


@register(Tags.security, deploy=True)
def check_preload(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W003: browsers' preload lists do not accept this server's header."""
    is_accepted = settings.SECURE_HSTS_SECONDS and settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
    if settings.SECURE_HSTS_PRELOAD and not is_accepted:
        problem = "STICKYBOARD_HSTS_PRELOAD has no effect: browsers' preload lists require includeSubDomains"
        hint = "Also set STICKYBOARD_HTTPS and STICKYBOARD_HSTS_SUBDOMAINS, or remove it."
        return [Warning(problem, hint=hint, id="dashboard_project.W003")]
    return []


@register(Tags.security, deploy=True)
def check_proxy(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W004: a proxy is in front, but its `X-Forwarded-For` is not trusted."""
    if settings.SECURE_PROXY_SSL_HEADER and not env.read_text("FORWARDED_ALLOW_IPS"):
        problem = "all clients of the proxy count as one address: the server trusts no X-Forwarded-For"
        hint = "Set FORWARDED_ALLOW_IPS to the proxy's address, such as 127.0.0.1."
        return [Warning(problem, hint=hint, id="dashboard_project.W004")]
    return []
