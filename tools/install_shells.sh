#!/usr/bin/env bash
# The shells whose completion is tested with a real Tab key.
set -eu
missing=()
for shell in zsh fish; do
  command -v "$shell" > /dev/null || missing+=("$shell")
done
[ "${#missing[@]}" = 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "${missing[*]} cannot be installed here: tests of their completion will say so" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" > /dev/null
