"""What every client command shares: connection options, ``--json``, failures as exit codes."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem

from lodekey.cli.leaving import leave
from lodekey.client import exit_codes
from lodekey.client.connection import Connection
from lodekey.client.failures import Failure
from lodekey.client.places import Place
from lodekey.client.project import Environment, Project, find
from lodekey.client.stores import Stores

CONNECTION = ("endpoint_url", "profile", "region", "environment")


@dataclass
class Told:
    """What the command line and the project say together.

    Args:
        endpoint_url: As given.
        profile: As given.
        region: As given.
        environment: The environment's name as given.
        as_json: Whether to answer in JSON.
    """

    endpoint_url: str = ""
    profile: str = ""
    region: str = ""
    environment: str = ""
    as_json: bool = False

    @cached_property
    def project(self) -> Project:
        """The project around the working directory."""
        return find()

    @cached_property
    def chosen(self) -> Environment:
        """The environment that is meant."""
        return self.project.environment(self.environment)

    @cached_property
    def connection(self) -> Connection:
        """The connection; options win over the project."""
        chosen = self.chosen
        if chosen.endpoint_url and not self.endpoint_url and not _is_near(chosen.endpoint_url):
            # Whoever wrote the file chose where values go; a clone must not do it quietly.
            self.say(f"lodekey: to {chosen.endpoint_url}, as {self.project.path} says")
        return Connection(
            profile=self.profile or chosen.profile,
            region=self.region or chosen.region,
            endpoint_url=self.endpoint_url or chosen.endpoint_url,
        )

    @cached_property
    def stores(self) -> Stores:
        """Both stores."""
        return Stores(self.connection)

    def place(self, text: str) -> Place:
        """The place that a word on the command line means."""
        return self.project.place(text, self.chosen)

    def say(self, text: str) -> None:
        """A line for people: on the error stream, so that output can be piped."""
        if not self.as_json:
            click.echo(text, err=True)

    def answer(self, data: Any, *lines: str) -> None:
        """The answer: as JSON, or as lines."""
        if self.as_json:
            click.echo(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))
            return
        for line in lines:
            click.echo(line)


def _is_near(url: str) -> bool:
    """Whether the endpoint is this machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class PlaceName(click.ParamType[str]):
    """A place; completes to the names that are there."""

    name = "place"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names that begin so; none where the endpoint does not answer."""
        told = Told()
        for name in CONNECTION:
            setattr(told, name, ctx.params.get(name) or "")
        try:
            return [CompletionItem(each) for each in _names(told, incomplete)]
        except Failure:
            return []


class Pair(PlaceName):
    """NAME=PLACE; completes the place."""

    name = "name=place"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names that begin so, after the equals sign."""
        name, separator, start = incomplete.partition("=")
        if not separator:
            return []
        found = super().shell_complete(ctx, param, start)
        return [CompletionItem(f"{name}={each.value}") for each in found]


def _names(told: Told, start: str) -> list[str]:
    """Names that begin with *start*: the project's own, and those in the stores."""
    found = [each for each in told.project.values if each.startswith(start)]
    schemes = [each for each in ("ssm:", "sm:") if each.startswith(start) or start.startswith(each)]
    if not start:
        return [*found, *schemes]
    for scheme in schemes:
        place = Place("ssm" if scheme == "ssm:" else "sm", start.removeprefix(scheme))
        if scheme.startswith(start):
            place = Place(place.scheme, "")
        listed = [str(each.place) for each in told.stores.entries(place)]
        found += [each for each in listed if each.startswith(start)] or (
            [scheme] if scheme.startswith(start) and scheme != start else []
        )
    return found


class EnvironmentName(click.ParamType[str]):
    """An environment of the project file; completes to their names."""

    name = "name"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Environments that begin so."""
        try:
            names = Told().project.environments
        except Failure:
            return []
        return [CompletionItem(each) for each in names if each.startswith(incomplete)]


PLACE = PlaceName()
PAIR = Pair()


class ClientWord(click.Command):
    """A click command whose failures are exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and turn a failure into its message and exit code."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            told = ctx.find_object(Told)
            as_json = told is not None and told.as_json
            leave(failure.message, failure.hint, failure.exit_code, as_json=as_json)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(exit_codes.FAILURE)


def client_word(
    name: str, *, short_help: str, **settings: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function with a `Told` before its options a client command.

    Args:
        name: The word.
        short_help: What it does, in a few words.
        settings: More for `click.Command`.
    """

    def make(function: Callable[..., Any]) -> click.Command:
        @click.pass_context
        @functools.wraps(function)
        def run(ctx: click.Context, /, *positional: Any, **options: Any) -> Any:
            given = {each: options.pop(each) or "" for each in CONNECTION}
            told = Told(**given, as_json=options.pop("as_json"))
            ctx.obj = told
            return function(told, *positional, **options)

        wrapped: Callable[..., Any] = run
        for option in reversed(_SHARED):
            wrapped = option(wrapped)
        return click.command(name, cls=ClientWord, short_help=short_help, **settings)(wrapped)

    return make


_SHARED: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]] = (
    click.option("--endpoint-url", metavar="URL", help="The endpoint. Default: boto3's own."),
    click.option("--profile", metavar="NAME", help="A profile of the AWS configuration."),
    click.option("--region", metavar="REGION", help="The Region. Default: boto3's own."),
    click.option(
        "--env",
        "environment",
        type=EnvironmentName(),
        metavar="NAME",
        help="The environment of .lodekey.toml that is meant.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Answer in JSON."),
)
