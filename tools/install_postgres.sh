#!/usr/bin/env bash
# PostgreSQL's programs, for the tests that need a real one. Each test makes a cluster of its own;
# the one that the package would start is not.
set -eu
for found in /usr/lib/postgresql/*/bin/initdb /usr/local/bin/initdb; do
  [ -x "$found" ] && exit 0
done
command -v initdb > /dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "PostgreSQL is not here and cannot be installed: tests that need it will say so" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
apt-get install --quiet=2 --yes --no-install-recommends postgresql > /dev/null
