"""``lodekey rollback``: an old version becomes the current one again."""

from __future__ import annotations

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client.versions import current, previous


@client_word("rollback", short_help="make an old version the current one")
@click.argument("name", type=PLACE)
@click.argument("version", required=False)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(told: Told, name: str, version: str | None, *, yes: bool) -> None:
    """Make VERSION (the one before, where none is given) of NAME the current one.

    Parameter Store gets the old value as a new version; Secrets Manager moves AWSCURRENT.
    """
    place = told.place(name).current
    now = current(told.stores, place)
    target = version or previous(told.stores, place)
    if not (yes or told.as_json):
        click.confirm(f"Make version {target} of {place} current?", abort=True, err=True)
    made = told.stores.of(place).restore(place, target, unchanged_since=now)
    told.say(f"{place} is as in version {target}; current is {made}")
    if told.as_json:
        told.answer({"place": str(place), "restored": target, "version": made})
