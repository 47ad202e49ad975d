#!/bin/sh
# Installs the servers that the benchmarks compare with, if that needs no password. Missing ones are skipped and marked in the table.
set -eu
packages=""
command -v mosquitto >/dev/null || packages="$packages mosquitto"
[ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || packages="$packages nginx-light libnginx-mod-nchan"
if [ -n "$packages" ] && command -v apt-get >/dev/null; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if $as_root true 2>/dev/null; then
    echo "Installing$packages …"
    # The packages' services must not start, because the benchmarks start their own. A policy of the machine remains.
    policy=/usr/sbin/policy-rc.d
    if [ -e $policy ]; then policy=""; else
      printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
      $as_root chmod +x $policy
    fi
    $as_root apt-get update -qq || true
    # shellcheck disable=SC2086  # one word per package
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null ||
      echo "Could not install$packages; they are skipped."
    [ -z "$policy" ] || $as_root rm -f "$policy"
  fi
fi
if [ ! -d benchmarks/node_modules ] && command -v npm >/dev/null; then
  echo "Installing Socket.IO …"
  npm ci --prefix benchmarks --silent --no-audit --no-fund || echo "Could not install Socket.IO; it is skipped."
fi
