#!/usr/bin/env bash
# Install the deployment clients that the suite drives, pinned, into the user's cache.
# Quiet and quick where they are there already. `install_clients.sh osls` installs that one alone.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lodekey/clients
command -v npm >/dev/null || { echo "npm is not installed: the npm clients are not tested" >&2; exit 0; }
for client in ${*:-osls serverless cdk}; do
  source="$here/tests/clients/npm/$client" target="$cache/$client"
  if cmp -s "$source/package-lock.json" "$target/.installed"; then continue; fi
  mkdir -p "$target"
  cp "$source/package.json" "$source/package-lock.json" "$target/"
  if (cd "$target" && npm ci --no-audit --no-fund --loglevel=error >/dev/null); then
    cp "$source/package-lock.json" "$target/.installed"
  else
    echo "$client could not be installed: it is not tested" >&2
  fi
done
