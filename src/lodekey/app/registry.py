"""Every service room that the server opens, in an order that a person can read.

A room is a package with a `SERVICE`. It is imported when something of it is first asked for, or by
the clockwork once the server stands: all of them together would keep a start waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lodekey.gate.operation import Service

ROOMS: Final[Mapping[str, str]] = {
    "kms": "lodekey.services.kms",
    "ssm": "lodekey.services.ssm",
    "secretsmanager": "lodekey.services.secretsmanager",
    "iam": "lodekey.services.iam",
    "sts": "lodekey.services.sts",
    "lambda": "lodekey.services.lambda_",
    "logs": "lodekey.services.logs",
    "cloudtrail": "lodekey.services.cloudtrail",
    "s3": "lodekey.services.s3",
    "cloudformation": "lodekey.services.cloudformation",
    "lodekey": "lodekey.services.admin",
}
"""By their names in the models."""

PAGES: Final[Mapping[str, str]] = {
    "/_lodekey/url/": "lodekey.services.lambda_.serve_urls",
    "/_lodekey/lambda/code/": "lodekey.services.lambda_.serve_urls",
    "/_lodekey/cloudformation/answer/": "lodekey.services.cloudformation.mailbox",
}
"""Our own paths beside the API, by what they begin with: modules whose `serve` answers them."""

_LIBRARIES: Final = {
    "apsw": "apsw",
    "cryptography": "cryptography",
    "Cryptodome": "pycryptodomex",
    "httptools": "httptools",
    "jwt": "pyjwt",
    "msgspec": "msgspec",
    "regex": "regex",
    "yaml": "pyyaml",
}
"""What a server cannot do without, by the module's name."""


def services() -> tuple[Service, ...]:
    """Every room's `Service`; all rooms are imported."""
    return tuple(import_module(package).SERVICE for package in ROOMS.values())


def missing_library() -> str:
    """A library that a server needs and that is not installed; empty where all are there.

    A start asks, since rooms are imported later than it should fail.
    """
    return next((name for module, name in _LIBRARIES.items() if find_spec(module) is None), "")
