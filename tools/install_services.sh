#!/usr/bin/env bash
# Install what the suite needs beside Python packages: Debian packages and npm clients.
# Quiet and quick where everything is there already. Without root or apt, the tests that need a
# missing piece say so by name.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for script in "$here"/install_*.sh; do
  case "$script" in
    */install_services.sh | */install_bench.sh) ;; # this one; and what only `make bench` needs
    *) "$script" ;;
  esac
done
