#!/usr/bin/env bash
# Pin every dependency, with hashes and without addresses, for all Pythons that we support.
set -eu
cd "$(dirname "$0")/.."
pin() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links --no-annotate "$@"
}
pin --extra server --extra functions --extra cloudformation --extra postgres pyproject.toml requirements/dev.in \
  -o requirements/dev.txt
pin requirements/vectors.in -o requirements/vectors.txt
