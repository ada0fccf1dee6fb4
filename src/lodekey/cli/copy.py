"""``lodekey copy``: between names, stores, accounts, Regions, endpoints."""

from __future__ import annotations

from dataclasses import replace

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client.connection import Connection
from lodekey.client.failures import Unusable
from lodekey.client.kept import ABSENT
from lodekey.client.places import Place
from lodekey.client.stores import Stores


@client_word("copy", short_help="copy values between stores, accounts and endpoints")
@click.argument("source", type=PLACE)
@click.argument("target", type=PLACE)
@click.option("--recursive", "-r", is_flag=True, help="All values whose names begin with SOURCE.")
@click.option("--to-endpoint-url", metavar="URL", default="")
@click.option("--to-profile", metavar="NAME", default="")
@click.option("--to-region", metavar="REGION", default="")
@click.option("--key", metavar="KEY", default="", help="The target's KMS key.")
@click.option("--overwrite", is_flag=True, help="Write over what is there.")
def command(
    told: Told,
    source: str,
    target: str,
    *,
    recursive: bool,
    to_endpoint_url: str,
    to_profile: str,
    to_region: str,
    key: str,
    overwrite: bool,
) -> None:
    """Copy the value of SOURCE to TARGET. The value passes through this machine's memory alone."""
    here, there = told.stores, told.stores
    if to_endpoint_url or to_profile or to_region:
        at = told.connection
        there = Stores(
            Connection(
                profile=to_profile or at.profile,
                region=to_region or at.region,
                endpoint_url=to_endpoint_url or at.endpoint_url,
            )
        )
    to_all = recursive and target == "sm:"  # the names as they are, without their first slash
    place = Place("sm", "") if to_all else told.place(target)
    pairs = _pairs(here, told.place(source), place, recursive=recursive)
    found = here.must_get([each for each, _ in pairs])
    copied = []
    for each, to in pairs:
        kept = found[each]
        version = there.put(
            to,
            kept.text if each.field else kept.content,
            key=key,
            unchanged_since=None if overwrite or to.field else ABSENT,
            plain=to.scheme == "ssm" and not kept.secret,
        )
        told.say(f"{each} -> {to}, version {version}")
        copied.append({"source": str(each), "target": str(to), "version": version})
    if told.as_json:
        told.answer(copied)


def _pairs(
    stores: Stores, source: Place, target: Place, *, recursive: bool
) -> list[tuple[Place, Place]]:
    if not recursive:
        return [(source, target)]
    if source.field or target.field:
        raise Unusable("`--recursive` copies whole values")
    entries = [each.place for each in stores.entries(source)]
    if not entries:
        raise Unusable(f"nothing begins with `{source}`")
    rests = [each.name.removeprefix(source.name) for each in entries]
    if target.scheme == "sm":
        rests = [rest if target.name else rest.lstrip("/") for rest in rests]
    return [
        (each, replace(target, name=target.name + rest))
        for each, rest in zip(entries, rests, strict=True)
    ]
