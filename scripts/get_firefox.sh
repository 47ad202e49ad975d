#!/bin/sh
# Finds Firefox, or installs it if that needs no password. Without it its tests are skipped; in CI that is an error.
set -eu
for name in "${FIREFOX:-}" firefox-esr firefox; do
  if [ -n "$name" ] && command -v "$name" >/dev/null; then exit 0; fi
done
packages="firefox-esr fonts-dejavu-core"
if command -v apt-get >/dev/null; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if $as_root true 2>/dev/null; then
    echo "Installing $packages …"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
    exit 0
  fi
fi
echo "Firefox is missing, so its tests are skipped; install it (Debian: apt install $packages), or set FIREFOX to its path."
[ -z "${CI:-}" ]
