#!/bin/sh
# Checks the types of the page's modules and runs their tests. Skips both if node is missing; in CI that is an error.
set -eu
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "node and npm are missing, so the page's JavaScript is not checked; install Node.js 20 or newer (Debian: apt install nodejs npm)."
  [ -z "${CI:-}" ]
  exit
fi
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --no-audit --no-fund
npm run --silent types
npm test --silent
