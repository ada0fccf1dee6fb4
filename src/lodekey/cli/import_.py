"""``lodekey import``: a file's values into a store."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import formats
from lodekey.client.failures import Failure, Unusable
from lodekey.client.kept import ABSENT, Kept
from lodekey.client.masking import MASK
from lodekey.client.places import under


@client_word("import", short_help="seal the values of a file (dotenv, JSON, YAML, tfvars)")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--to", "prefix", type=PLACE, help="The prefix: ssm:/app/. Default: the project's.")
@click.option("--format", "form", type=click.Choice(list(formats.READERS)), default=None)
@click.option("--key", metavar="KEY", default="", help="The KMS key.")
@click.option("--dry-run", is_flag=True, help="Show what would change, masked.")
def command(
    told: Told, file: Path, *, prefix: str | None, form: str | None, key: str, dry_run: bool
) -> None:
    """Seal each value of FILE (- for standard input) as a name of its own under --to."""
    where = prefix or told.chosen.prefix
    if not where:
        raise Unusable("where to?", hint="give `--to ssm:/app/`, or an environment with a prefix")
    values = formats.read_file(file, _text(file), form or "")
    if not values:
        raise Unusable(f"`{file}` holds no values")
    places = {under(told.place(where), name): value for name, value in values.items()}
    there = told.stores.get_many(places)
    done = []
    for place, value in places.items():
        before = there[place]
        if isinstance(before, Failure) and before.word != "not-found":
            raise before
        kept = before if isinstance(before, Kept) else None
        sign = "+" if kept is None else "=" if kept.content == value else "~"
        told.say(f"  {sign} {place}  {MASK}")
        version = kept.version if kept else ""
        if sign != "=" and not dry_run:
            version = told.stores.put(
                place,
                value,
                key=key or told.chosen.key,
                unchanged_since=kept.version if kept else ABSENT,
            )
        done.append({"place": str(place), "change": sign, "version": version})
    if told.as_json:
        told.answer(done)


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"`{file}` cannot be read: {type(error).__name__}") from None
