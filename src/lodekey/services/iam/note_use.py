"""The job that files when access keys and roles were last used."""

from __future__ import annotations

from typing import Any

from lodekey.gate.operation import Job


async def file_uses(background: Any) -> None:
    """File the notes that requests made in memory."""
    last_used = background.gate.last_used
    if not last_used.is_empty:
        with background.transaction(write=True) as tx:
            last_used.file(tx)


LAST_USED = Job("last-used", 60, file_uses, everywhere=True)
