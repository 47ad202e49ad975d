#!/bin/sh
# Pins the newest versions that pyproject.toml allows, for every Python that it allows, with hashes and without an index. Needs uv.
set -eu
for extra in client deploy demo cluster dev bench; do
  uv pip compile pyproject.toml --universal --python-version 3.11 --extra "$extra" --upgrade --quiet \
    --generate-hashes --no-header --no-annotate --no-emit-index-url --output-file "requirements/$extra.lock"
done
