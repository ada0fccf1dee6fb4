"""``lodekey verify``: prove that records and trail are what was written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from lodekey.app.place import data_directory
from lodekey.cli.leaving import leave

AWS = "this verifies a lodekey server's data; AWS's own trail: `aws cloudtrail validate-logs`"


@click.command("verify", short_help="prove that records and trail are what was written")
@click.option("--data", metavar="DIR", help="The server's data directory.")
@click.option(
    "--root-key", envvar="LODEKEY_ROOT_KEY", default="", help="Where the root key is: a URI."
)
@click.option("--witness", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--new-witness", is_flag=True, help="Print a witness of the trail as it is now.")
def command(
    data: str | None, root_key: str, witness: Path | None, *, as_json: bool, new_witness: bool
) -> None:
    """Read every record and the whole trail again, and say what is wrong with them.

    Keep what --new-witness prints on another machine: given back as --witness FILE, it reveals even
    a data directory that was put back as a whole.
    """
    from lodekey.app import preserve  # noqa: PLC0415 - an extra
    from lodekey.crypto.root_keys import Locked  # noqa: PLC0415

    place = data_directory(data)
    try:
        if new_witness:
            click.echo(preserve.new_witness(place, root_key))
            return
        seen = witness.read_text() if witness else ""
        wrong, report = preserve.verify_installation(place, root_key, seen)
    except (Locked, OSError) as error:
        leave(error, AWS, as_json=as_json)
    if as_json:
        said = {
            "sound": not (wrong or report.findings),
            "events": report.events,
            "segments": report.segments,
            "findings": [str(each) for each in (*wrong, *report.findings)],
            "notes": list(report.notes),
        }
        click.echo(json.dumps(said, indent=2))
        sys.exit(0 if said["sound"] else 1)
    for finding in (*wrong, *report.findings):
        click.echo(f"lodekey: {finding}", err=True)
    for note in report.notes:
        click.echo(note)
    if wrong or report.findings:
        sys.exit(1)
    click.echo(f"sound: {report.events} events in {report.segments} segments, and every record")
