#!/usr/bin/env bash
# Install what functions need beside Python packages: bubblewrap, and the @aws-sdk clients for Node.
# Quiet and quick where they are there already.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v bwrap >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq bubblewrap >/dev/null 2>&1 ||
      { apt-get update -qq && apt-get install -y -qq bubblewrap >/dev/null; } || true
  fi
  command -v bwrap >/dev/null ||
    echo "bubblewrap (bwrap) is not installed: functions will run only with --unsafe-functions" >&2
fi
if [ -x "$here/.venv/bin/lodekey" ]; then
  "$here/.venv/bin/lodekey" runtime install >/dev/null ||
    echo "the @aws-sdk clients are not installed: Node functions have to bring their own" >&2
fi
