"""``lodekey log``: the versions of a value."""

from __future__ import annotations

import click

from lodekey.cli.client_word import PLACE, Told, client_word


@client_word("log", short_help="show a value's versions: when, by whom, with which stages")
@click.argument("name", type=PLACE)
def command(told: Told, name: str) -> None:
    """Show the versions of NAME, newest first. No value is read."""
    place = told.place(name).current
    versions = told.stores.of(place).history(place)[::-1]
    told.answer(
        [
            {"version": each.version, "stages": each.stages, "made": each.made, "by": each.by}
            for each in versions
        ],
        *(
            "  ".join(
                part
                for part in (
                    each.version.ljust(4),
                    each.made.strftime("%Y-%m-%d %H:%M:%S") if each.made else "",
                    ",".join(each.stages),
                    each.by,
                )
                if part
            )
            for each in versions
        ),
    )
