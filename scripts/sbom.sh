#!/bin/sh
# Writes a software bill of materials (CycloneDX JSON) for each lock file: sbom.sh PYTHON FOLDER. Names no index.
set -eu
mkdir -p "$2"
for lock in requirements/*.lock; do
  # The warning is that a lock file does not state which package requires which.
  "$1" -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --index-url simple --output-reproducible \
    --output-file "$2/$(basename "$lock" .lock).cdx.json" "$lock"
done
