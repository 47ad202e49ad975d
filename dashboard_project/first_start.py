"""What a board needs that nobody has set up: variables, a secret, the database, the user `admin` and a token."""

import os
import secrets
from pathlib import Path

from broadcast.stores.private_files import stored_secret


def set_environment(folder: Path, **variables: str) -> None:
    """Set the variables that the settings read, unless the user has set them."""
    secret = stored_secret(folder / "secret-key")  # created once
    for name, value in {"STICKYBOARD_SECRET_KEY": secret, "STICKYBOARD_COLLECTED": "1", **variables}.items():
        os.environ.setdefault(name, value)


def prepare_accounts(folder: Path, *, needs_admin: bool = True) -> tuple[str, str]:
    """Migrate, and create what is missing.

    Returns: the password of the new user `admin`, "" if there is a user already; and the token for this machine.
    """
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from broadcast.page.static_files import collect_changed_files
    from producers_api.tokens import stored_token

    call_command("migrate", verbosity=0)
    collect_changed_files()
    token, users = stored_token(folder / "token"), get_user_model().objects
    if not needs_admin or users.exists():
        return "", token
    password = secrets.token_urlsafe(9)
    users.create_superuser("admin", "", password)
    return password, token
