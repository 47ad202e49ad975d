#!/bin/sh
# Pins the newest versions that pyproject.toml allows, for every Python that it allows, with hashes and without an index. Needs uv.
set -eu
compile() {
  uv pip compile "$@" --universal --python-version 3.11 --upgrade --quiet \
    --generate-hashes --no-header --no-annotate --no-emit-index-url
}
for extra in client deploy demo cluster dev bench; do
  compile pyproject.toml --extra "$extra" --output-file "requirements/$extra.lock"
done
echo uv | compile - --output-file requirements/uv.lock  # for scripts/install.sh
