"""``lodekey explain``: why a request was denied, or what would become of one."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from lodekey.app.place import data_directory, read_running
from lodekey.cli.asking import OWN, asked, code_of
from lodekey.cli.client_word import Told, client_word
from lodekey.cli.leaving import leave
from lodekey.cli.own_service import Foreign, Refused, Unreachable, call_at
from lodekey.client import failures, simulation
from lodekey.client.checkup import AWS
from lodekey.client.failures import Unusable
from lodekey.client.simulation import Simulated


@client_word("explain", short_help="say why a request was denied, or would be")
@click.argument("decision", required=False, metavar="[ID]")
@click.option("--as", "principal", metavar="ARN", help="Who asks.")
@click.option("--action", metavar="SERVICE:ACTION", help="What they ask for.")
@click.option("--resource", metavar="ARN", help="What they ask it of.")
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="A context key; repeatable.")
@click.option("--data", metavar="DIR", help="The server's data directory.")
def command(
    told: Told,
    decision: str | None,
    *,
    principal: str | None,
    action: str | None,
    resource: str | None,
    context: tuple[str, ...],
    data: str | None,
) -> None:
    """Explain a denial by its ID (the answer's header x-lodekey-decision-id, its request id).

    Or suppose a request: --as ARN --action kms:Decrypt --resource ARN --context k=v. A lodekey
    server tells every statement that counted; elsewhere IAM's simulator is asked, which knows no
    ID and no resource's own policy.
    """
    request = question(decision, principal, action, resource, context)
    try:
        answer = _answer(told, data, request)
    except Foreign as foreign:
        _simulated(told, request, foreign)
    else:
        show(answer["Explanations"], as_json=told.as_json)


def question(
    decision: str | None,
    principal: str | None,
    action: str | None,
    resource: str | None,
    context: tuple[str, ...],
) -> dict[str, Any]:
    """The request that the words make.

    Raises:
        Unusable: They make none.
    """
    supposed = {"Principal": principal, "Action": action, "Resource": resource}
    if decision is not None:
        if any(supposed.values()) or context:
            raise Unusable(
                "an ID explains what was; `--as` and its neighbors suppose what might be"
            )
        return {"DecisionId": decision}
    if not all(supposed.values()):
        raise Unusable("give an ID, or `--as`, `--action` and `--resource`")
    keys: dict[str, list[str]] = {}
    for pair in context:
        name, separator, value = pair.partition("=")
        if not separator:
            raise Unusable(f"`--context {pair}` is not KEY=VALUE")
        keys.setdefault(name, []).append(value)
    return {**supposed, "Context": keys}


def _answer(told: Told, data: str | None, request: dict[str, Any]) -> dict[str, Any]:
    """What the server's own service says.

    Raises:
        Foreign: The endpoint is not a lodekey server.
    """
    chosen = told.chosen
    told_where = (told.endpoint_url, told.profile, chosen.endpoint_url, chosen.profile)
    is_pointed = any((*told_where, *map(os.environ.get, ("AWS_ENDPOINT_URL", "AWS_PROFILE"))))
    place = data_directory(data)
    if data or (not is_pointed and read_running(place) is not None):
        return asked(place, "Explain", request, as_json=told.as_json)
    endpoint = str(told.connection.client("iam").meta.endpoint_url)
    if AWS.match(endpoint):
        raise Foreign(f"`{endpoint}` is AWS")
    found = told.connection.session.get_credentials()
    if found is None:
        return asked(place, "Explain", request, as_json=told.as_json)
    keys = found.get_frozen_credentials()
    credentials = (str(keys.access_key), str(keys.secret_key), keys.token or "")
    try:
        return call_at(endpoint, credentials, "Explain", request)
    except Unreachable as error:
        raise failures.Unreachable(str(error), hint="`lodekey doctor` looks closer") from None
    except Refused as error:
        leave(error.message, "", code_of(error), as_json=told.as_json)


def _simulated(told: Told, request: dict[str, Any], foreign: Foreign) -> None:
    """What IAM's simulator says, where there is no lodekey server.

    Raises:
        Unusable: It was asked about an ID.
    """
    if "DecisionId" in request:
        raise Unusable(
            f"{foreign}, which tells no reasons by an ID",
            hint="`lodekey explain --as ARN --action ... --resource ARN` asks IAM's simulator; "
            "`aws sts decode-authorization-message` reads an encoded one",
        )
    principal = simulation.role_of_session(request["Principal"])
    asked_of = (request["Action"], request["Resource"])
    try:
        result = simulation.simulate(told.connection, principal, *asked_of, request["Context"])
    except failures.Failure as failure:
        failure.hint = failure.hint or OWN
        raise
    told.answer([_described(request, principal, result)], *_lines(principal, asked_of, result))


def _described(request: dict[str, Any], principal: str, result: Simulated) -> dict[str, Any]:
    return {
        "by": "iam-simulator",
        "decision": "allowed" if result.allowed else "denied",
        "reason": result.decision,
        "caller": principal,
        "action": request["Action"],
        "resource": request["Resource"],
        "statements": result.matched,
        "missing": result.missing,
        "limits": result.limits,
    }


def _lines(principal: str, asked_of: tuple[str, str], result: Simulated) -> list[str]:
    """The simulator's answer for people."""
    action, resource = asked_of
    found = [
        f"{'allowed' if result.allowed else 'denied'} by IAM's simulator: {result.decision}",
        f"  caller    {principal}",
        f"  action    {action}",
        f"  resource  {resource}",
        *(f"  decided by {each}" for each in result.matched),
        *(f"  limited by the {each}" for each in result.limits),
        *(f"  a statement asks for {each}: give `--context {each}=...`" for each in result.missing),
    ]
    service = action.partition(":")[0].lower()
    if service in {"kms", "secretsmanager", "s3", "lambda"}:
        found.append(f"The simulator did not see the {service} resource's own policy.")
    return found


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
