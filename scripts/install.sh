#!/bin/sh
# Installs pinned packages into an environment: install.sh PYTHON LOCK. With uv, where it is there and reaches its index.
set -eu
if uv --version >/dev/null 2>&1; then
  uv pip install --quiet --python "$1" -r "$2" && exit 0
  echo "uv could not install them; pip tries."
fi
"$1" -m pip install --quiet --disable-pip-version-check -r "$2" && exit 0
echo "The packages of $2 could not be installed; above stands why. They come from a package index: is there a network, and a way through a proxy (https_proxy) where one is needed? Then type make again." >&2
exit 1
