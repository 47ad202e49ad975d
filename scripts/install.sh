#!/bin/sh
# Installs pinned packages into an environment: install.sh PYTHON LOCK. Uses uv if it is installed and reaches its index, else pip.
set -eu
if uv --version >/dev/null 2>&1; then
  uv pip install --quiet --python "$1" -r "$2" && exit 0
  echo "uv could not install them; trying pip."
fi
"$1" -m pip install --quiet --disable-pip-version-check -r "$2" && exit 0
echo "The packages of $2 could not be installed; the reason is above. They come from a package index, so check the network and, behind a proxy, https_proxy. Then run make again." >&2
exit 1
