#!/bin/sh
# Finds PostgreSQL, or installs it if that needs no password. Without it its tests are skipped.
set -eu
if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if $as_root true 2>/dev/null; then
    echo "Installing PostgreSQL …"
    # With this run level, the package does not start its service.
    if $as_root apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $as_root apt-get install -y -qq --no-install-recommends postgresql >/dev/null; then
      exit 0
    fi
  fi
fi
echo "PostgreSQL is missing, so its tests are skipped; install it (Debian: apt install postgresql)."
