#!/usr/bin/env bash
# Print the first Python from 3.11 to 3.13 that runs here.
set -u
for name in python3.11 python3.12 python3.13 python3 python; do
  if "$name" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    command -v "$name"
    exit 0
  fi
done
echo "lodekey needs Python 3.11, 3.12 or 3.13 with the venv module; none is on PATH." >&2
exit 1
