"""``lodekey who-can-read``: who can read a value, who could come to, and that nobody else can."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from typing import Any

import click

from lodekey.app.place import data_directory
from lodekey.cli.asking import asked
from lodekey.cli.leaving import leave
from lodekey.client import exit_codes

MOST_WAYS = 3


@click.command("who-can-read", short_help="prove who can read a value, and that nobody else can")
@click.argument("resource", metavar="RESOURCE")
@click.option("--as", "principal", metavar="ARN", help="Ask about one principal only.")
@click.option("--only", metavar="ARN,ARN", help="Exit 6 if anybody else can read.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--data", metavar="DIR", help="The server's data directory.")
def command(
    resource: str, principal: str | None, only: str | None, *, as_json: bool, data: str | None
) -> None:
    """Say who can read RESOURCE: ssm:/path, sm:name, kms:id, or an ARN of either.

    With --only, the exit code is the proof: 0 where nobody but those listed can read it now, and 6
    where somebody can, or where it could not be proved that nobody can.
    """
    if principal and only:
        leave("`--only` is about everybody, `--as` about one", "", exit_codes.USAGE)
    request = {"Resource": resource, **({"Principal": principal} if principal else {})}
    answer = asked(data_directory(data), "WhoCanRead", request, as_json=as_json)
    if as_json:
        shown = {**answer, "Certificate": json.loads(answer["Certificate"])}
        click.echo(json.dumps(shown, indent=2))
    else:
        click.echo("\n".join(lines(answer, principal or "")))
    if only is not None:
        sys.exit(judge(answer, {each.strip() for each in only.split(",") if each.strip()}))


def judge(answer: dict[str, Any], allowed: set[str]) -> int:
    """The exit code of ``--only``; says who else reads."""
    others = {each["Principal"]: None for each in answer["Readers"]}
    others = {name: None for name in others if name not in allowed}
    for name in others:
        click.echo(f"lodekey: {name} can read it, too", err=True)
    if answer["CutOff"]:
        click.echo("lodekey: there are more principals than were looked at", err=True)
    return exit_codes.FINDINGS if others or answer["CutOff"] else 0


def lines(answer: dict[str, Any], principal: str) -> list[str]:
    """The answer for people: readers, then who could become one, then how many cannot."""
    shown = [answer["Resource"], ""]
    readers = answer["Readers"]
    shown.append(_counted(len(readers), "can read it:") if readers else "Nobody can read it.")
    for each in readers:
        shown += _reader(each)
    shown += _escalations(answer["Escalations"])
    shown.append("")
    shown += _others(answer, principal)
    shown += [f"Note: {each}" for each in answer["Notes"]]
    if answer["CutOff"]:
        shown.append("Cut off: there is more than was looked at. This is no proof.")
    shown += [f"[U] {each}" for each in answer["Switches"]]
    return shown


def _counted(number: int, what: str) -> str:
    return f"{number} {what}"


def _name(each: dict[str, Any]) -> str:
    if "Function" in each:
        return f"{each['Principal']}, as the function {each['Function'].rpartition(':')[2]}"
    kinds = {"outsider": " (of another account, if its own allows)", "service": " (a service)"}
    name: str = each["Principal"]
    return name + kinds.get(each["Kind"], "")


def _reader(each: dict[str, Any]) -> list[str]:
    shown = [f"  {_name(each)}"]
    if each["Verdict"] == "unknown":
        shown.append(f"    perhaps: it was not excluded; depends on {', '.join(each['DependsOn'])}")
        return shown
    shown.append(f"    by {each['Read']}")
    shown += [f"      {reason}" for reason in each["Because"]]
    if each["Verdict"] == "conditional":
        values = (f"{key}={','.join(got)}" for key, got in each["Witness"].items())
        shown.append(f"    if the request has {' '.join(values) or 'none of the keys asked for'}")
    return shown


def _escalations(edges: list[dict[str, Any]]) -> list[str]:
    if not edges:
        return ["", "Nobody could come to read it by a step of their own."]
    ordered = sorted(edges, key=lambda each: (_name(each), len(each["Steps"])))
    grouped = [(name, list(own)) for name, own in groupby(ordered, key=_name)]
    shown = ["", _counted(len(grouped), "could come to read it:")]
    for name, own in grouped:
        shown.append(f"  {name}")
        shown += [f"    {'; then '.join(each['Steps'])}" for each in own[:MOST_WAYS]]
        if len(own) > MOST_WAYS:
            shown.append(f"    and in {len(own) - MOST_WAYS} more ways")
    return shown


def _others(answer: dict[str, Any], principal: str) -> list[str]:
    if not principal:
        shown = [f"{answer['NonReaders']} others cannot; {answer['Unable']} could not come to."]
        if not any(each["Kind"] == "outsider" for each in answer["Readers"]):
            shown.append("Nobody of an account that is not on this server can.")
        return shown
    refusals = json.loads(answer["Certificate"])["refusals"]
    shown = []
    for name, reasons in refusals.items():
        shown.append(f"{name} cannot read it:")
        shown += [f"  {reason}" for reason in reasons]
    return shown
