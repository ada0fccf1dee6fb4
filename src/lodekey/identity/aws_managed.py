"""The AWS managed policies that people attach for the services offered here.

They stand in ``aws_managed.json`` under their real names and paths, with AWS's own content as far
as it concerns the services offered; what was left out is said in docs/compatibility/iam.md.

Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from lodekey.identity.records import ManagedPolicy, PolicyVersion

PREFIX = "arn:aws:iam::aws:policy/"
_CREATED = 1423162857.0
"""6 February 2015: when managed policies were born; AWS's later dates are not kept."""


def policy(arn: str) -> ManagedPolicy | None:
    """The AWS managed policy with this ARN; None: it is not among those offered."""
    return _all().get(arn)


def policies() -> Iterable[ManagedPolicy]:
    """All that are offered, by name."""
    return _all().values()


@cache
def _all() -> dict[str, ManagedPolicy]:
    text = Path(__file__).with_name("aws_managed.json").read_text("utf-8")
    made = [_made(name, row) for name, row in sorted(json.loads(text).items())]
    return {each.arn: each for each in made}


def _made(name: str, row: dict[str, object]) -> ManagedPolicy:
    text = json.dumps(row["Document"], indent=4)
    version = str(row.get("Version", "v1"))
    return ManagedPolicy(
        account="aws",
        name=name,
        # A stable id, as AWS's are: the same on every installation.
        id="ANPA" + hashlib.sha256(name.encode()).hexdigest().upper().translate(_DIGITS)[:17],
        created=_CREATED,
        versions=(PolicyVersion(id=version, text=text, created=_CREATED),),
        default_version=version,
        path=str(row.get("Path", "/")),
        description=str(row.get("Description", "")),
        updated=_CREATED,
    )


_DIGITS = str.maketrans("0189", "GHIJ")
