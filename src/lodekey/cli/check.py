"""``lodekey check``: are the values that the project expects there, and what they should be?"""

from __future__ import annotations

import sys

import click

from lodekey.cli.client_word import Told, client_word
from lodekey.client import exit_codes
from lodekey.client.failures import Failure, Unreachable, Unusable
from lodekey.client.places import Place


@client_word("check", short_help="fail when a value that the project expects is missing")
@click.option("--all", "everywhere", is_flag=True, help="Every environment of the project.")
def command(told: Told, *, everywhere: bool) -> None:
    """Read each value that .lodekey.toml expects, and say what is missing or of another type.

    The exit code is 6 where something is. No value is shown.
    """
    project = told.project
    if project.path is None or not project.values:
        raise Unusable("there is nothing to check", hint="list the values in `.lodekey.toml`")
    names = list(project.environments) if everywhere else [told.chosen.name]
    findings = []
    for name in names:
        at = Told(told.endpoint_url, told.profile, told.region, name, as_json=told.as_json)
        findings += _findings(at)
    told.answer(findings, *(f"{each['place']}: {each['finding']}" for each in findings))
    if findings:
        sys.exit(exit_codes.FINDINGS)
    told.say(f"{len(project.values)} values are as expected in {', '.join(names) or 'place'}")


def _findings(told: Told) -> list[dict[str, str]]:
    places: dict[str, Place] = {
        name: told.project.place(name, told.chosen) for name in told.project.values
    }
    found = told.stores.get_many(places.values())
    findings = []
    for name, place in places.items():
        expected, answer = told.project.values[name], found[place]
        if isinstance(answer, Unreachable):
            raise answer
        try:
            if isinstance(answer, Failure):
                raise answer
            what = expected.misfit(answer.text)
        except Failure as failure:
            missing = failure.word == "not-found"
            needless = missing and (not expected.required or expected.default is not None)
            what = "" if needless else "is missing" if missing else failure.message
        if what:
            findings.append(
                {
                    "name": name,
                    "environment": told.chosen.name,
                    "place": str(place),
                    "finding": what,
                }
            )
    return findings
