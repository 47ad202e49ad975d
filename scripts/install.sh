#!/bin/sh
# Installs pinned packages into an environment: install.sh PYTHON LOCK. Uses uv, which needs a tenth of pip's time, or pip where
# uv cannot be installed or does not reach an index.
set -eu
uv=$(command -v uv || echo "$(dirname "$1")/uv")
pip() { "$1" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$2"; }
"$uv" --version >/dev/null 2>&1 || pip "$1" "$(dirname "$0")/../requirements/uv.lock" || true
if "$uv" --version >/dev/null 2>&1; then
  "$uv" pip install --quiet --python "$1" -r "$2" && exit 0
  echo "uv could not install them; trying pip."
fi
pip "$1" "$2" && exit 0
echo "The packages of $2 could not be installed; the reason is above. They come from a package index, so check the network and, behind a proxy, https_proxy. Then run make again." >&2
exit 1
