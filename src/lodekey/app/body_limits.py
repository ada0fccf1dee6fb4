"""How long a body may be that is held in memory, judged by a request's head alone.

Nothing of the request is believed yet, so these limits bound what a stranger can make the server
hold. Lambda takes 50 MB of zip, which base64 makes 67. Objects' bodies go to the disk while they
come (`lodekey.app.incoming`) and are not meant here.
"""

from __future__ import annotations

from collections.abc import Mapping

from lodekey.wire.lambda_paths import looks_like_it

USUAL = 16 * 1024 * 1024
FUNCTION = 72 * 1024 * 1024


def longest_body(method: str, target: str, headers: Mapping[str, str]) -> int:
    """The limit for one request."""
    if "x-amz-target" not in headers and looks_like_it(target):
        return FUNCTION
    return USUAL
