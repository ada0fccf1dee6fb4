"""``lodekey undo``: take the last change of a value back."""

from __future__ import annotations

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client.failures import NotFound
from lodekey.client.versions import current, previous


@client_word("undo", short_help="take the last change of a value back")
@click.argument("name", type=PLACE)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(told: Told, name: str, *, yes: bool) -> None:
    """Take back the last change of NAME: its last version, or a secret's deletion.

    Undone twice, the change is there again.
    """
    place = told.place(name).current
    if place.scheme == "sm" and told.stores.secrets.is_deleted(place):
        told.stores.secrets.undelete(place)
        told.say(f"{place} is back")
        told.answer(*({"place": str(place), "undeleted": True},) if told.as_json else (None,))
        return
    now = current(told.stores, place)
    try:
        target = previous(told.stores, place)
    except NotFound as none:
        raise NotFound(none.message, hint="a first version is taken back by deleting it") from None
    if not (yes or told.as_json):
        click.confirm(f"Take version {now} of {place} back?", abort=True, err=True)
    made = told.stores.of(place).restore(place, target, unchanged_since=now)
    told.say(f"{place} is as in version {target}; current is {made}")
    if told.as_json:
        told.answer({"place": str(place), "restored": target, "version": made})
