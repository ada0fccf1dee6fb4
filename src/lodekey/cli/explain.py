"""``lodekey explain``: why a request was denied, or what would become of one."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from lodekey.app.place import data_directory
from lodekey.cli.own_service import Refused, Unreachable, call


@click.command("explain", short_help="say why a request was denied, or would be")
@click.argument("decision", required=False, metavar="[ID]")
@click.option("--as", "principal", metavar="ARN", help="Who asks.")
@click.option("--action", metavar="SERVICE:ACTION", help="What they ask for.")
@click.option("--resource", metavar="ARN", help="What they ask it of.")
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="A context key; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
@click.option("--data", metavar="DIR", help="The server's data directory.")
def command(
    decision: str | None,
    principal: str | None,
    action: str | None,
    resource: str | None,
    context: tuple[str, ...],
    *,
    as_json: bool,
    data: str | None,
) -> None:
    """Explain a denial by its ID (the answer's header x-lodekey-decision-id, its request id).

    Or suppose a request: --as ARN --action kms:Decrypt --resource ARN --context k=v.
    """
    request = question(decision, principal, action, resource, context)
    try:
        answer = call(data_directory(data), "Explain", request)["Explanations"]
    except Unreachable as error:
        fail(str(error), "start a server with `lodekey up`", 7)
    except Refused as error:
        codes = {"AccessDeniedException": 4, "NoSuchDecisionException": 3}
        fail(error.message, "", codes.get(error.code, 3 if "NoSuch" in error.code else 1))
    else:
        show(answer, as_json=as_json)


def question(
    decision: str | None,
    principal: str | None,
    action: str | None,
    resource: str | None,
    context: tuple[str, ...],
) -> dict[str, Any]:
    """The request that the words make."""
    supposed = {"Principal": principal, "Action": action, "Resource": resource}
    if decision is not None:
        if any(supposed.values()) or context:
            fail("an ID explains what was; `--as` and its neighbors suppose what might be", "", 2)
        return {"DecisionId": decision}
    if not all(supposed.values()):
        fail("give an ID, or `--as`, `--action` and `--resource`", "", 2)
    keys: dict[str, list[str]] = {}
    for pair in context:
        name, separator, value = pair.partition("=")
        if not separator:
            fail(f"`--context {pair}` is not KEY=VALUE", "", 2)
        keys.setdefault(name, []).append(value)
    return {**supposed, "Context": keys}


def show(explanations: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print what came back."""
    if as_json:
        shown = [{**json.loads(each["Json"]), "changed": each["Changed"]} for each in explanations]
        click.echo(json.dumps(shown, indent=2))
        return
    for each in explanations:
        click.echo(each["Text"])
        if each["Changed"]:
            click.echo("It was denied then; with the policies as they are now it is allowed.")


def fail(what: str, hint: str, code: int) -> None:
    """Say what is wrong, and leave."""
    click.echo(f"lodekey: {what}", err=True)
    if hint:
        click.echo(f"lodekey: hint: {hint}", err=True)
    sys.exit(code)
