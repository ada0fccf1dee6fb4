#!/usr/bin/env bash
# Pin every dependency, with hashes and without addresses, for all Pythons that we support.
set -eu
cd "$(dirname "$0")/.."
for name in dev; do
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
    --extra server --extra functions --extra postgres pyproject.toml "requirements/$name.in" -o "requirements/$name.txt"
done
