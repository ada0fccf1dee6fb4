"""What runs by the clock: each room's jobs; most of them on the first worker alone."""

from __future__ import annotations

import asyncio
import logging

from lodekey.gate.background import Background
from lodekey.gate.catalog import Catalog
from lodekey.gate.operation import Job

log = logging.getLogger("lodekey.jobs")


class Clockwork:
    """Runs every job at its pace; a job that fails is logged and runs again at its next turn."""

    def __init__(self, background: Background, catalog: Catalog) -> None:
        self._background = background
        self.jobs: tuple[Job, ...] = tuple(
            job
            for service in catalog.services.values()
            for job in service.jobs
            if job.everywhere or background.first
        )
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep(job)) for job in self.jobs]

    async def run_all(self) -> None:
        """Run every job once, now."""
        for job in self.jobs:
            await self.run(job)

    async def run(self, job: Job) -> None:
        """Run one job once."""
        try:
            await job.run(self._background)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("job %s failed", job.name)

    async def _keep(self, job: Job) -> None:
        while True:
            await self.run(job)
            await asyncio.sleep(job.every)

    async def stop(self) -> None:
        """End, and wait for what runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
