"""How long a body may be, judged by a request's head alone: nothing of it is believed yet.

Bodies are kept in memory while they come in, so the longest ones bound what a stranger can make the
server hold. Lambda takes 50 MB of zip, which base64 makes 67; S3's clients send in parts of 8 MB
what is longer than that, and a single part may have up to the limit here.
"""

from __future__ import annotations

from collections.abc import Mapping

from lodekey.wire.lambda_paths import looks_like_it

USUAL = 16 * 1024 * 1024
FUNCTION = 72 * 1024 * 1024
OBJECT = 128 * 1024 * 1024


def longest_body(method: str, target: str, headers: Mapping[str, str]) -> int:
    """The limit for one request."""
    if "x-amz-target" in headers or target.startswith("/_"):
        return USUAL
    if looks_like_it(target):
        return FUNCTION
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return OBJECT if method in ("PUT", "POST") and not (form and method == "POST") else USUAL
