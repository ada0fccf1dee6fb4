"""``lodekey init``: a key that one workload opens, with the right policies around it."""

from __future__ import annotations

import difflib
import json

import click

from lodekey.cli.client_word import PLACE, Told, client_word
from lodekey.client import apply, plan_formats
from lodekey.client.failures import Unusable
from lodekey.client.places import Place, parse
from lodekey.client.plan import Plan, Policy, key_policy, remaining, role_policy, secret_policy
from lodekey.client.proof import Proved, prove


@client_word("init", short_help="make a key that one workload opens, and its policies")
@click.argument("name")
@click.option(
    "--for", "who", required=True, metavar="WHO", help="The role or function: its name or ARN."
)
@click.option("--writer", "writers", multiple=True, metavar="ARN", help="Who seals. Default: you.")
@click.option("--admin", "admins", multiple=True, metavar="ARN", help="Who keeps the key: you.")
@click.option(
    "--value", "values", multiple=True, type=PLACE, help="A value; may end in *. Repeatable."
)
@click.option("--no-break-glass", is_flag=True, help="The root user cannot repair the key policy.")
@click.option("--dry-run", is_flag=True, help="Print the plan, and change nothing.")
@click.option("--format", "form", type=click.Choice(list(plan_formats.RENDERERS)))
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(
    told: Told,
    name: str,
    who: str,
    *,
    writers: tuple[str, ...],
    admins: tuple[str, ...],
    values: tuple[str, ...],
    no_break_glass: bool,
    dry_run: bool,
    form: str | None,
    yes: bool,
) -> None:
    """Make the key alias/NAME for values that WHO alone opens.

    NAME is a name, or the place of the one value (ssm:/app/db). Without --value the values are
    ssm:/NAME/* and sm:NAME/*. The plan is printed first; --format prints it as a template and
    changes nothing.
    """
    reader = apply.reader_named(told.connection, who)
    me = apply.principal_of_caller(told.connection)
    called, places = _named(told, name, values)
    plan = Plan(
        name=called,
        account=told.connection.identity["Account"],
        region=told.connection.client("kms").meta.region_name,
        reader=reader.role,
        function=reader.function,
        writers=writers or (me,),
        admins=admins or (me,),
        places=places,
        break_glass=not no_break_glass,
        partition=reader.role.split(":")[1],
    )
    proofs = prove(plan, json.dumps(key_policy(plan)), json.dumps(role_policy(plan)))
    apply.must_exist(told.connection, plan)
    apply.must_be_sound(proofs)
    if form:
        click.echo(plan_formats.RENDERERS[form](plan), nl=False)
        return
    before = apply.replaced_policy(told.connection, plan)
    _print(told, plan, proofs)
    _print_replaced(told, plan, before)
    if dry_run:
        _answer(told, plan, "", proofs)
        return
    if not (yes or told.as_json):
        click.confirm("Carry this out?", abort=True, err=True)
    key = apply.carry_out(told.connection, plan, told.say)
    proofs, why_not = apply.verify(told.connection, plan, key)
    apply.must_be_sound(proofs, key)
    told.say("verified on what is stored now: " + "; ".join(each.what for each in proofs))
    if why_not:
        told.say(f"verified by lodekey's engine alone; IAM's simulator was not asked: {why_not}")
    _answer(told, plan, key, proofs)


def _named(told: Told, name: str, values: tuple[str, ...]) -> tuple[str, tuple[Place, ...]]:
    """The key's name, and the values."""
    places = tuple(told.place(value) for value in values)
    if name.startswith(("ssm:", "sm:", "arn:")):
        place = parse(name).current
        if place.name.startswith("arn:"):
            raise Unusable("a key needs a short name", hint=f"init NAME --value {name}")
        return place.name.strip("/*").replace(".", "-"), (place, *places)
    return name, places or (Place("ssm", f"/{name}/*"), Place("sm", f"{name}/*"))


def _print(told: Told, plan: Plan, proofs: list[Proved]) -> None:
    told.say(f"key      {plan.alias}, policy:")
    told.say(json.dumps(key_policy(plan), indent=2))
    told.say(f"role     {plan.reader}, inline policy {plan.policy_name}:")
    told.say(json.dumps(role_policy(plan), indent=2))
    if plan.of("sm"):
        told.say("secrets  policy on each:")
        told.say(json.dumps(secret_policy(plan), indent=2))
    for each in proofs:
        told.say(f"proved   {each.what}")
    for note in remaining(plan):
        told.say(f"yours    {note}")


def _print_replaced(told: Told, plan: Plan, before: Policy | None) -> None:
    """Say what an existing key's policy loses."""
    if before is None or before == key_policy(plan):
        return
    told.say(f"replaces the policy that {plan.alias} has now:")
    now, then = (json.dumps(each, indent=2).splitlines() for each in (before, key_policy(plan)))
    for line in difflib.unified_diff(now, then, "now", "then", lineterm="", n=1):
        told.say(line)


def _answer(told: Told, plan: Plan, key: str, proofs: list[Proved]) -> None:
    if told.as_json:
        told.answer(
            {
                "alias": plan.alias,
                "key": key,
                "applied": bool(key),
                "key_policy": key_policy(plan),
                "role": plan.reader,
                "role_policy": role_policy(plan),
                "secret_policy": secret_policy(plan) if plan.of("sm") else None,
                "proved": [{"what": each.what, "holds": each.holds} for each in proofs],
                "remaining": remaining(plan),
            }
        )
    elif key:
        told.answer(None, key)
