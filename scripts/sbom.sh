#!/bin/sh
# Writes a software bill of materials (CycloneDX JSON) for each lock file, or for those that are named:
# sbom.sh PYTHON FOLDER [LOCK…]. Names no index.
set -eu
python=$1 folder=$2
shift 2
[ $# -gt 0 ] || set -- requirements/*.lock
mkdir -p "$folder"
for lock; do
  # The warning is that a lock file does not state which package requires which.
  "$python" -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --index-url simple --output-reproducible \
    --output-file "$folder/$(basename "$lock" .lock).cdx.json" "$lock"
done
