"""Whether everything is in order that the commands rely on."""

from __future__ import annotations

import email.utils
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3

import lodekey
from lodekey.client.connection import Connection
from lodekey.client.failures import Failure, translated
from lodekey.client.project import Project

AWS = re.compile(r"https://[\w.-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")
"""An endpoint of AWS's own."""
SKEW = 240
"""Seconds; AWS refuses signatures that are five minutes off."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing looked at."""

    name: str
    ok: bool
    message: str


def examine(connection: Connection, project: Project) -> list[Checked]:
    """Look at everything; later checks that need an earlier one are left out where it failed."""
    results = [
        Checked(
            "versions",
            ok=True,
            message=f"lodekey {lodekey.__version__}, boto3 {boto3.__version__}, "
            f"Python {sys.version.split()[0]}",
        ),
        *_project(project),
    ]
    endpoint = _tried("endpoint", lambda: _endpoint(connection))
    results.append(endpoint)
    if not endpoint.ok:
        return results
    results.append(_tried("server", lambda: _server(connection)))
    caller = _tried("credentials", lambda: connection.identity["Arn"])
    results.append(caller)
    if caller.ok:
        results += [
            _tried("clock", lambda: _clock(connection)),
            _tried("Parameter Store", lambda: _answers(connection, "ssm", "describe_parameters")),
            _tried(
                "Secrets Manager", lambda: _answers(connection, "secretsmanager", "list_secrets")
            ),
            _tried("KMS", lambda: _answers(connection, "kms", "list_aliases")),
        ]
    return results


def _tried(name: str, look: Callable[[], str]) -> Checked:
    try:
        return Checked(name, ok=True, message=look())
    except Failure as failure:
        hint = f" ({failure.hint})" if failure.hint else ""
        return Checked(name, ok=False, message=failure.message + hint)


def _endpoint(connection: Connection) -> str:
    client = connection.client("sts", patience=1)
    credentials = connection.session.get_credentials()
    where = str(client.meta.endpoint_url)
    if credentials is None:
        return f"{where}, not asked: there are no credentials"
    try:
        with translated():
            client.get_caller_identity()
    except Failure as failure:
        if failure.word == "network":
            raise
    return where


def _server(connection: Connection) -> str:
    """What kind of server it is, which decides what words beyond AWS's services work.

    Raises:
        Failure: It is a lodekey server that cannot keep its promises.
    """
    url = str(connection.client("sts", patience=1).meta.endpoint_url).rstrip("/")
    if AWS.match(url):
        return (
            "AWS: `explain` asks IAM's simulator; `who-can-read` and `verify` need a lodekey server"
        )
    try:
        with urllib.request.urlopen(f"{url}/_lodekey/health", timeout=3) as answer:  # noqa: S310
            health = json.loads(answer.read())
        status, version, trail = health["status"], health["version"], health["trail"]
    except (OSError, ValueError, KeyError, TypeError):
        return "no lodekey server: `explain ID`, `who-can-read` and `verify` need one"
    if status != "running":
        raise Failure(f"lodekey {version} is {status}, its trail {trail}")
    return f"lodekey {version}"


def _clock(connection: Connection) -> str:
    with translated():
        answer = connection.client("sts").get_caller_identity()
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not said:
        return "the endpoint does not say the time"
    off = time.time() - email.utils.parsedate_to_datetime(said).timestamp()
    if abs(off) > SKEW:
        raise Failure(f"this machine is {off:+.0f} seconds off", hint="signatures will be refused")
    return f"{abs(off):.0f} seconds apart"


def _answers(connection: Connection, service: str, operation: str) -> str:
    with translated():
        getattr(connection.client(service), operation)()
    return "answers"


def _project(project: Project) -> Iterator[Checked]:
    if project.path is None:
        yield Checked("project", ok=True, message="no .lodekey.toml here or above")
        return
    said = f"{project.path}: {len(project.environments)} environments, {len(project.values)} values"
    yield Checked("project", ok=True, message=said)
    tracked = _tracked_dotenv(project.path.parent)
    if tracked:
        yield Checked("git", ok=False, message=f"{', '.join(tracked)} is in the repository")


def _tracked_dotenv(directory: Path) -> list[str]:
    git = shutil.which("git")
    if git is None:
        return []
    run = subprocess.run(  # noqa: S603 - git, found on the path
        [git, "-C", str(directory), "ls-files", ".env", "*.env", ".env.*", "*.tfvars"],
        capture_output=True,
        text=True,
        check=False,
    )
    harmless = (".env.example", ".env.sample", ".env.template")
    return [line for line in run.stdout.splitlines() if not line.endswith(harmless)]
