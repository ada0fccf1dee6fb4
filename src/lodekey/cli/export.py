"""``lodekey export``: values as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lodekey.cli.client_word import PAIR, PLACE, Told, client_word
from lodekey.client import formats, private_files, starting


@client_word("export", short_help="write values as dotenv, JSON, YAML, tfvars or shell")
@click.option("--from", "prefixes", multiple=True, type=PLACE, help="A prefix; repeatable.")
@click.option(
    "--set", "pairs", multiple=True, type=PAIR, metavar="NAME=PLACE", help="One value by name."
)
@click.option("--format", "form", type=click.Choice(list(formats.WRITERS)), default=None)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="A file, for its owner alone."
)
def command(
    told: Told,
    *,
    prefixes: tuple[str, ...],
    pairs: tuple[str, ...],
    form: str | None,
    output: Path | None,
) -> None:
    """Write the values that `lodekey run` would put into the environment."""
    wanted = starting.wanted(
        told.project, told.chosen, told.stores, prefixes=prefixes, pairs=pairs, environ={}
    )
    values = starting.resolve(told.stores, wanted)
    chosen = form or ("json" if told.as_json else formats.format_of(output) if output else "dotenv")
    text = formats.WRITERS[chosen](values)
    for name in formats.read_differently(values) if chosen == "dotenv" else ():
        told.say(f"lodekey: dotenv readers do not agree on `{name}`; `--format shell` is exact")
    if output is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    private_files.write(output, text)
    told.say(f"wrote {len(values)} values to {output}; keep it out of the repository")
    if told.as_json:
        told.answer({"output": str(output), "names": list(values)})
