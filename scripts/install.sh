#!/bin/sh
# Installs pinned packages into an environment: install.sh PYTHON LOCK. With uv, where it is there and reaches its index.
set -eu
if uv --version >/dev/null 2>&1; then
  uv pip install --quiet --python "$1" -r "$2" && exit 0
  echo "uv could not install them; pip tries."
fi
"$1" -m pip install --quiet --disable-pip-version-check -r "$2"
