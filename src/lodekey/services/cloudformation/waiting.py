"""Waiting for what comes from elsewhere."""

from __future__ import annotations

import asyncio

GLANCE = 0.1
"""Seconds between two looks at the store."""


async def pause(seconds: float) -> None:
    """Let others work."""
    await asyncio.sleep(seconds)
