"""Which values a command gets, and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lodekey.client.failures import Failure, NotFound, Unusable
from lodekey.client.places import REFERENCE, Place, parse, variable_name
from lodekey.client.project import Environment, Project
from lodekey.client.stores import Stores


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values by the variables that they go into.

    Args:
        places: Where each is.
        defaults: The text where one is missing.
        optional: Which may be missing.
    """

    places: Mapping[str, Place]
    defaults: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


def wanted(
    project: Project,
    environment: Environment,
    stores: Stores,
    *,
    prefixes: Sequence[str] = (),
    pairs: Sequence[str] = (),
    environ: Mapping[str, str],
) -> Wanted:
    """What the command line, the project and the environment's references ask for.

    Raises:
        Unusable: Nothing asks for a value, or two prefixes give one variable.
    """
    places: dict[str, Place] = {
        name: parse(text) for name, text in environ.items() if REFERENCE.fullmatch(text)
    }
    for prefix in prefixes:
        for entry in stores.entries(project.place(_slashed(prefix), environment)):
            name = variable_name(entry.place)
            if name in places:
                raise Unusable(f"`{places[name]}` and `{entry.place}` both give `{name}`")
            places[name] = entry.place
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise Unusable(f"`--set {name}` is not NAME=PLACE")
        places[name] = project.place(text, environment)
    if prefixes or pairs:
        return Wanted(places)
    expected = project.values
    places |= {name: project.place(name, environment) for name in expected}
    if not places:
        raise Unusable(
            "no value is asked for",
            hint="give `--from ssm:/app/` or `--set NAME=sm:name`, or write `.lodekey.toml`",
        )
    return Wanted(
        places,
        {name: each.default for name, each in expected.items() if each.default is not None},
        frozenset(name for name, each in expected.items() if not each.required),
    )


def _slashed(prefix: str) -> str:
    """A path ends with a slash, so that ``/app`` does not reach into ``/app2``."""
    return prefix if prefix.endswith("/") or not prefix.startswith(("ssm:", "/")) else f"{prefix}/"


def resolve(stores: Stores, asked: Wanted) -> dict[str, str]:
    """Read the values, in as few calls as there are.

    Raises:
        Failure: One that is required could not be read.
    """
    found = stores.get_many(asked.places.values())
    values: dict[str, str] = {}
    failed: list[Failure] = []
    for name, place in asked.places.items():
        try:
            answer = found[place]
            if isinstance(answer, Failure):
                raise answer
            values[name] = _environment_text(place, answer.text)
        except NotFound as missing:
            if name in asked.defaults:
                values[name] = asked.defaults[name]
            elif name not in asked.optional:
                failed.append(missing)
        except Failure as failure:
            failed.append(failure)
    if failed:
        message = "; ".join(dict.fromkeys(each.message for each in failed))
        raise type(failed[0])(message, hint=failed[0].hint)
    return values


def _environment_text(place: Place, text: str) -> str:
    if "\0" in text:
        raise Failure(f"`{place}` holds a NUL, which no environment variable can")
    return text
