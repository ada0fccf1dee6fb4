"""Documents that come with a request: checked against the hashes that came with them."""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.services.s3 import checksums


def must_be_whole(ctx: Context, *, required: bool = False) -> None:
    """Check the request's document; one that came from inside has no hash.

    Args:
        ctx: The request's.
        required: Whether a hash must have come.

    Raises:
        ApiError: A hash is another document's, or none came where one must.
    """
    if ctx.http is not None and not ctx.via:
        checksums.must_fit_document(ctx.http.headers, ctx.http.body, required=required)
