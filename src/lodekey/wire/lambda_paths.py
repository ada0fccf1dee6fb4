"""Lambda's operations by their paths, each of which begins with a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lodekey.wire.http import HttpRequest
from lodekey.wire.models import model
from lodekey.wire.paths import Paths

_DATED = re.compile(
    r"/20\d\d-\d\d-\d\d/(?:functions|layers|tags|account-settings|event-source-mappings"
    r"|code-signing-configs|capacity-providers|durable-[a-z-]+)(?:/|$)"
).match


@lru_cache(maxsize=1)
def _paths() -> Paths:
    return Paths(model("lambda"))


def looks_like_it(path: str) -> bool:
    """Whether *path* is Lambda's, judged by nothing else; a bucket cannot have such a name."""
    return _DATED(path) is not None


def find(http: HttpRequest) -> tuple[str, Mapping[str, str]] | None:
    """The operation, and what the path holds."""
    return _paths().find(http.method, http.path, http.query)
