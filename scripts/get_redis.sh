#!/bin/sh
# Finds redis-server, or installs it if that needs no password. Without it its tests are skipped; Valkey comes as a wheel.
set -eu
if [ -n "${REDIS_SERVER:-}" ] || command -v redis-server >/dev/null; then exit 0; fi
if command -v apt-get >/dev/null; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if $as_root true 2>/dev/null; then
    echo "Installing redis-server …"
    $as_root apt-get update -qq
    # With this run level, the package does not start its service.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $as_root apt-get install -y -qq --no-install-recommends redis-server >/dev/null
    exit 0
  fi
fi
echo "redis-server is missing, so its tests are skipped (those on Valkey run); install it (Debian: apt install redis-server), or set REDIS_SERVER to its path."
[ -z "${CI:-}" ]
