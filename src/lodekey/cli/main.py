"""The ``lodekey`` command. Each word is a module of its own, loaded only when it is used."""

from __future__ import annotations

import sys

WORDS = {
    "up": ("lodekey.cli.up", "start a server"),
    "env": ("lodekey.cli.env", "print the settings that point AWS clients at the server"),
    "account": ("lodekey.cli.account", "create and list accounts"),
    "runtime": ("lodekey.cli.runtime", "what functions run with, and how they are confined"),
    "demo": ("lodekey.cli.demo", "tell the walk-through on a throw-away server"),
    "issuer": ("lodekey.cli.issuer", "hand in the keys of an identity provider"),
    "backup": ("lodekey.cli.backup", "write everything to one sealed file"),
    "restore": ("lodekey.cli.restore", "restore a backup into an empty data directory"),
    "verify": ("lodekey.cli.verify", "prove that records and trail are what was written"),
    "init": ("lodekey.cli.init", "make a key that one workload opens, and its policies"),
    "lint": ("lodekey.cli.lint", "find what is wrong with policies, templates and scripts"),
    "seal": ("lodekey.cli.seal", "put a value under a key, asked for and never an argument"),
    "set": ("lodekey.cli.seal", "the same as seal"),
    "get": ("lodekey.cli.get", "print values"),
    "list": ("lodekey.cli.list_", "list what is there, without reading it"),
    "run": ("lodekey.cli.run_", "run a command with values in its environment"),
    "log": ("lodekey.cli.log", "show a value's versions: when, by whom, with which stages"),
    "diff": ("lodekey.cli.diff", "show what differs between two versions or places, masked"),
    "rollback": ("lodekey.cli.rollback", "make an old version the current one"),
    "undo": ("lodekey.cli.undo", "take the last change of a value back"),
    "copy": ("lodekey.cli.copy", "copy values between stores, accounts and endpoints"),
    "import": ("lodekey.cli.import_", "seal the values of a file (dotenv, JSON, YAML, tfvars)"),
    "export": ("lodekey.cli.export", "write values as dotenv, JSON, YAML, tfvars or shell"),
    "inject": ("lodekey.cli.inject", "replace references in a file by values"),
    "edit": ("lodekey.cli.edit", "change a value in your editor"),
    "check": ("lodekey.cli.check", "fail when a value that the project expects is missing"),
    "rotate": ("lodekey.cli.rotate", "give a value a new version, by its rotation or at random"),
    "rewrap": ("lodekey.cli.rewrap", "seal anew, under another key, all that a key sealed"),
    "audit": ("lodekey.cli.audit", "who read, wrote or was denied what"),
    "doctor": ("lodekey.cli.doctor", "look whether endpoint and credentials are in order"),
    "who-can-read": ("lodekey.cli.who_can_read", "prove who can read a value, and nobody else"),
    "explain": ("lodekey.cli.explain", "say why a request was denied, or would be"),
}


SERVERS = frozenset({"up", "demo", "runtime"})
"""Words that keep no value of a caller's, or that see to their memory themselves."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command; the exit code is the process's."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:2] == ["account", "create"]:
        # What scripts call by the hundred must not wait for a command-line framework to load.
        from lodekey.cli import account_create  # noqa: PLC0415

        sys.exit(account_create.main(words[2:]))
    from lodekey.cli import starting_up  # noqa: PLC0415 - loading click costs half the budget

    starting_up.run(words, private=not SERVERS.intersection(words[:1]))
