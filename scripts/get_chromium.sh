#!/bin/sh
# Finds Chromium, or installs it if that needs no password. Without it the browser tests are skipped; in CI that is an error.
set -eu
for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null; then exit 0; fi
done
packages="chromium-headless-shell fonts-dejavu-core"
if command -v apt-get >/dev/null; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if $as_root true 2>/dev/null; then
    $as_root apt-get update -qq
    # Some distributions have no headless shell, in which the tests take less time.
    apt-cache show chromium-headless-shell >/dev/null 2>&1 || packages="chromium fonts-dejavu-core"
    echo "Installing $packages …"
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
    exit 0
  fi
fi
echo "Chromium is missing, so the browser tests are skipped; install it (Debian: apt install $packages), or set CHROMIUM to its path."
[ -z "${CI:-}" ]
