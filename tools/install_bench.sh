#!/usr/bin/env bash
# What `make bench` measures with: wrk, a load generator in C, from Debian. Quiet where it is there.
# Without it the bench cannot run, and says so.
set -eu
command -v wrk > /dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "wrk is not here and cannot be installed: no bench" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends wrk > /dev/null
