"""The database, the page's files, the user `admin` and a token, for commands that serve a board without any setup."""

import secrets
from pathlib import Path


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
