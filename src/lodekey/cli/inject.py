"""``lodekey inject``: references in a file become values."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lodekey.cli.client_word import Told, client_word
from lodekey.client import private_files
from lodekey.client.failures import Failure
from lodekey.client.injecting import inject


@client_word("inject", short_help="replace references in a file by values")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="A file, for its owner alone."
)
@click.option("--escape", type=click.Choice(["none", "json", "yaml", "shell"]), default="none")
def command(told: Told, file: Path, *, output: Path | None, escape: str) -> None:
    """Write FILE (- for standard input) with each reference replaced by its value.

    References are ssm:///a/b and sm://name#field@stage; in double braces, {{sm://db#password}},
    where what follows would be taken for a part of one (an @ behind a password). --escape writes
    values so that they stay one string inside quotes (json, yaml), or one word (shell).
    """
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Failure(f"`{file}` cannot be read: {error.strerror}") from None
    count, written = inject(told.stores, text, escape)
    if output is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
        return
    private_files.write(output, written)
    told.say(f"wrote {output} with {count} references replaced")
    if told.as_json:
        told.answer({"output": str(output), "replaced": count})
