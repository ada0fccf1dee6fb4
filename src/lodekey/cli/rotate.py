"""``lodekey rotate``: a new value, by the secret's rotation or by a generator."""

from __future__ import annotations

import time

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.cli.reading_values import ALPHABETS, generated
from lodekey.client.failures import Failure, Unusable
from lodekey.client.places import Place


@client_word("rotate", short_help="give a value a new version, by its rotation or at random")
@click.argument("name", type=PLACE)
@click.option("--generate", type=click.IntRange(8, 4096), metavar="LENGTH", help="A random value.")
@click.option("--alphabet", type=click.Choice(list(ALPHABETS)), default="text", show_default=True)
@click.option("--patience", default=60.0, show_default=True, help="Seconds to wait for a rotation.")
def command(told: Told, name: str, *, generate: int | None, alphabet: str, patience: float) -> None:
    """Rotate NAME: start the rotation that a secret is set up for, and wait until it is done.

    With --generate the new value is made here; that is the only way for a parameter.
    """
    place = told.place(name)
    before = told.stores.get(place.whole)
    if generate is not None:
        version = told.stores.put(
            place, generated(generate, alphabet), unchanged_since=before.version
        )
    elif place.scheme == "ssm":
        raise Unusable("Parameter Store rotates nothing itself", hint="give `--generate 32`")
    else:
        version = told.stores.secrets.rotate(place.current)
        _wait(told, place.current, version, patience)
    told.say(f"{place} is rotated, version {version}")
    if told.as_json:
        told.answer({"place": str(place), "version": version, "replaced": before.version})


def _wait(told: Told, place: Place, version: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while told.stores.secrets.get(place).version != version:
        if time.monotonic() > deadline:
            raise Failure(
                f"the rotation of `{place}` is not done after {patience:g} seconds",
                hint="its function's log says why; the value before is still current",
            )
        time.sleep(0.5)
