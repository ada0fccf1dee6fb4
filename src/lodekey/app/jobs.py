"""What runs by the clock: each room's jobs; most of them on the first worker alone.

The rooms that no request has asked for are opened here too, one after another once the server
stands, so that its first answer need not wait for them and theirs need not wait long either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from lodekey.app.turns import Turns, node_of
from lodekey.errors import ServiceUnavailable
from lodekey.gate.background import Background
from lodekey.gate.catalog import Catalog
from lodekey.gate.operation import Job, Service

log = logging.getLogger("lodekey.jobs")

FIRST_PAUSE = 0.5
"""Seconds from the start to the first room: who started the server has the first word."""

PAUSE = 0.05
"""Seconds between one room and the next, in which requests are answered."""


class Clockwork:
    """Runs every job at its pace; a job that fails is logged and runs again at its next turn."""

    def __init__(self, background: Background, catalog: Catalog) -> None:
        self._background = background
        self._catalog = catalog
        self._turns: Turns | None = None
        settings = background.settings
        if settings.database and not settings.worker:
            self._turns = Turns(background, node_of(settings.data))
            background.has_turn = self._turns.is_ours
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin, on the running loop."""
        if self._turns is not None:
            self._spawn(self._turns.keep())
        self._spawn(self._open_rooms())

    async def run_all(self) -> None:
        """Run every job once, now."""
        if self._turns is not None:
            self._turns.look()
        for name in self._catalog.names:
            for job in self._jobs_of(self._catalog.service(name)):
                await self.run(job)

    async def run(self, job: Job) -> None:
        """Run one job once, if it is for this worker now."""
        if not (job.everywhere or self._background.first):
            return
        try:
            await job.run(self._background)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("job %s failed", job.name)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    def _jobs_of(self, service: Service | None) -> list[Job]:
        jobs = service.jobs if service is not None else ()
        return [job for job in jobs if job.everywhere or not self._background.settings.worker]

    async def _open_rooms(self) -> None:
        await asyncio.sleep(FIRST_PAUSE)
        for name in self._catalog.names:
            try:
                service = self._catalog.service(name)
            except Exception:
                log.critical("the room %s cannot be opened: a fault of ours", name, exc_info=True)
                continue
            for job in self._jobs_of(service):
                self._spawn(self._keep(job))
            if service is not None and service.begin is not None:
                self._background.spawn(service.begin(self._background))
            await asyncio.sleep(PAUSE)

    async def _keep(self, job: Job) -> None:
        while True:
            await self.run(job)
            await asyncio.sleep(job.every)

    async def stop(self) -> None:
        """End, and wait for what runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def leave(self) -> None:
        """Leave the house's work to another node, when nothing of it runs here any more."""
        if self._turns is not None:
            try:
                self._turns.leave()
            except ServiceUnavailable as error:
                log.warning("the turn was not given up: %s", error.message)
