"""``lodekey account create [ID]``: another account, and its root credentials.

A module of its own, without a command-line framework, since test suites call it for every test.
"""

from __future__ import annotations

import sys

USAGE = """Usage: lodekey account create [--data DIR] [--json] [ID]

  Make an account and print its root credentials: `AKID SECRET ACCOUNT`.

  ID          The account's id, 12 digits. Default: a new one.
  --data DIR  The server's data directory. Default: the XDG place.
  --json      Print a JSON object instead.
"""


def main(words: list[str]) -> int:
    """Run the command; returns its exit code."""
    data, number, as_json = None, "", False
    rest = iter(words)
    for word in rest:
        if word in {"-h", "--help"}:
            sys.stdout.write(USAGE)
            return 0
        if word == "--json":
            as_json = True
        elif word == "--data":
            data = next(rest, None)
        elif word.startswith("--data="):
            data = word.partition("=")[2]
        elif len(word) == 12 and word.isascii() and word.isdigit() and not number:
            number = word
        else:
            sys.stderr.write(f"lodekey: `{word}` is not an account id\n{USAGE}")
            return 2
    return _create(data, number, as_json=as_json)


def _create(data: str | None, number: str, *, as_json: bool) -> int:
    from lodekey.app import slim, traces  # noqa: PLC0415 - help needs none of it
    from lodekey.cli.own_service import Refused, Unreachable, call  # noqa: PLC0415

    request = {"AccountId": number} if number else {}
    try:
        made = call(traces.directory(data), "CreateAccount", request)
    except Unreachable as error:
        sys.stderr.write(f"lodekey: {error}\nlodekey: hint: start a server with `lodekey up`\n")
        return 7
    except Refused as error:
        sys.stderr.write(f"lodekey: {error.message}\n")
        return 4 if error.code == "AccessDeniedException" else 1
    if as_json:
        sys.stdout.write(slim.dumps(made) + "\n")
    else:
        sys.stdout.write(f"{made['AccessKeyId']} {made['SecretAccessKey']} {made['AccountId']}\n")
    return 0
