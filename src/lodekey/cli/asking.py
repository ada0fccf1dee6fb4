"""Ask the server's own service; where it does not answer, leave with the code that means it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lodekey.cli.leaving import leave
from lodekey.cli.own_service import Foreign, Refused, Unreachable, call
from lodekey.client import exit_codes

START = "start a server with `lodekey up`"
OWN = "only a lodekey server answers this; AWS has IAM Access Analyzer and IAM's policy simulator"


def asked(
    data: Path, operation: str, request: dict[str, Any], *, as_json: bool = False
) -> dict[str, Any]:
    """What the server's own service answers; where it does not, leave as it deserves."""
    try:
        return call(data, operation, request)
    except Unreachable as error:
        leave(error, START, exit_codes.NETWORK, as_json=as_json)
    except Foreign as error:
        leave(error, OWN, exit_codes.FAILURE, as_json=as_json)
    except Refused as error:
        leave(error.message, "", code_of(error), as_json=as_json)


def code_of(error: Refused) -> int:
    """The exit code that the own service's error means."""
    if error.code == "AccessDeniedException":
        return exit_codes.DENIED
    return exit_codes.NOT_FOUND if "NoSuch" in error.code else exit_codes.FAILURE
