"""``.lodekey.toml``: a project's environments, and the values that it expects.

It is found upward from the working directory, as git finds its own. It holds no values.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lodekey.client.failures import NotFound, Unusable
from lodekey.client.places import Place, parse, under

FILE = ".lodekey.toml"
TYPES = ("text", "integer", "boolean", "json", "url")
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A value that the project expects.

    Args:
        name: The environment variable that it is offered under.
        place: Where it is; ``{environment}`` stands for the environment's name; empty: under the
            environment's prefix.
        type: What its text must be: one of `TYPES`.
        pattern: A regular expression that the whole text must match; empty: any.
        required: Whether a missing value is a finding.
        default: The text where the value is missing; None: there is none.
        description: What it is for.
    """

    name: str
    place: str = ""
    type: str = "text"
    pattern: str = ""
    required: bool = True
    default: str | None = None
    description: str = ""

    def misfit(self, text: str) -> str:
        """Why *text* is not what is expected; empty: it is. Never quotes it."""
        if not _is(self.type, text):
            return f"is not of type {self.type}"
        if self.pattern and not re.fullmatch(self.pattern, text):
            return "does not match its pattern"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the values of one environment are.

    Args:
        name: Its name.
        prefix: The place that names are under; empty: only places of their own.
        profile: The profile of the AWS configuration; may be empty.
        region: The Region; may be empty.
        endpoint_url: The endpoint; may be empty.
        key: The KMS key that new values are sealed under; may be empty.
    """

    name: str = ""
    prefix: str = ""
    profile: str = ""
    region: str = ""
    endpoint_url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """What a project file says.

    Args:
        path: The file; None: there is none.
        environments: By name.
        values: What is expected, by name.
        default: The environment that is meant where none is named.
    """

    path: Path | None = None
    environments: Mapping[str, Environment] = field(default_factory=dict)
    values: Mapping[str, Expected] = field(default_factory=dict)
    default: str = ""

    def environment(self, name: str = "") -> Environment:
        """The environment by that name, or the default one.

        Raises:
            NotFound: The project has no such environment.
        """
        wanted = name or self.default
        if not wanted and len(self.environments) == 1:
            return next(iter(self.environments.values()))
        if not wanted:
            return Environment()
        if wanted not in self.environments:
            where = f"`{self.path}`" if self.path else f"no `{FILE}` was found, so it"
            raise NotFound(f"{where} has no environment `{wanted}`")
        return self.environments[wanted]

    def place(self, name: str, environment: Environment) -> Place:
        """Where the value *name* is: a place as written, or the project's own name for one.

        Raises:
            Unusable: It is neither.
        """
        expected = self.values.get(name)
        if expected is not None and expected.place:
            return parse(expected.place.replace("{environment}", environment.name))
        if expected is None and re.match(r"ssm:|sm:|arn:|/", name):
            return parse(name)
        if not environment.prefix:
            raise Unusable(
                f"`{name}` names no store",
                hint=f"write `ssm:/path` or `sm:name`, or set the prefix in `{FILE}`",
            )
        return under(parse(environment.prefix), name)


def find(start: Path | None = None) -> Project:
    """The project of a directory: the nearest file upward; an empty project where there is none.

    Raises:
        Unusable: The file is not what it should be.
    """
    here = (start or Path.cwd()).resolve()
    for directory in (here, *here.parents):
        file = directory / FILE
        if file.is_file():
            return read(file)
    return Project()


def read(file: Path) -> Project:
    """Read a project file.

    Raises:
        Unusable: The file is not what it should be.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        environments = {
            name: Environment(name=name, **_members(Environment, f"environments.{name}", members))
            for name, members in _table("environments", said.get("environments", {})).items()
        }
        values = {
            name: Expected(name=name, **_expected(f"values.{name}", members))
            for name, members in _table("values", said.get("values", {})).items()
        }
        default = _text("default", said.get("default", ""))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, _Wrong) as error:
        raise Unusable(f"`{file}`: {error}") from None
    return Project(file, environments, values, default)


class _Wrong(Exception):
    """Something in the file is not what it should be."""


def _table(where: str, said: object) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise _Wrong(f"`{where}` is no table")
    return said


def _text(where: str, said: object) -> str:
    if not isinstance(said, str):
        raise _Wrong(f"`{where}` is no text")
    return said


def _members(kind: type[Environment | Expected], where: str, said: object) -> dict[str, Any]:
    """The members of a table, by the fields that *kind* has."""
    members = _table(where, said)
    known = {each.name for each in fields(kind)} - {"name"}
    for name, member in members.items():
        if name not in known:
            raise _Wrong(f"`{where}` has a member `{name}`; known are {', '.join(sorted(known))}")
        if name not in {"required", "default"}:
            _text(f"{where}.{name}", member)
    return members


def _expected(where: str, said: object) -> dict[str, Any]:
    """A value's members; a bare text is its place."""
    if isinstance(said, str):
        return {"place": said}
    if not isinstance(said, dict):
        raise _Wrong(f"`{where}` is neither a table nor the text of its place")
    members = _members(Expected, where, said)
    if not isinstance(members.get("required", True), bool):
        raise _Wrong(f"`{where}.required` is neither true nor false")
    if members.get("type", "text") not in TYPES:
        raise _Wrong(f"`{where}` has type `{members['type']}`, not one of {', '.join(TYPES)}")
    try:
        re.compile(members.get("pattern", ""))
    except re.error as error:
        raise _Wrong(f"`{where}.pattern` is no regular expression: {error}") from None
    default = members.get("default")
    if default is None or isinstance(default, str):
        return members
    return {**members, "default": json.dumps(default)}  # 8080 and true as a program would read them


def _is(kind: str, text: str) -> bool:
    match kind:
        case "integer":
            return re.fullmatch(r"[+-]?\d+", text.strip()) is not None
        case "boolean":
            return text.strip().lower() in TRUE | FALSE
        case "url":
            return bool(urlsplit(text).scheme and urlsplit(text).netloc)
        case "json":
            try:
                json.loads(text)
            except ValueError:
                return False
            return True
        case _:
            return True
