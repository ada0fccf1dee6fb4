"""The server at work: requests into batches, batches through the gate, answers out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lodekey.errors import ApiError
from lodekey.gate import door
from lodekey.gate.batch import Writes, parted, run_reads
from lodekey.gate.call import Call, Respond
from lodekey.gate.gate import Gate
from lodekey.gate.intake import plan_ahead
from lodekey.gate.operation import Ahead, Work
from lodekey.wire.http import HttpRequest, HttpResponse, Incoming
from lodekey.wire.routing import NoRoute

log = logging.getLogger("lodekey.server")

HEALTH_PATHS = frozenset({"/_lodekey/health", "/_localstack/health"})


Page = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Server:
    """Takes requests from the front and answers them.

    What arrives while a batch runs makes up the next one, so that the price of a commit is shared
    by as many requests as the load brings. A commit waits for the disk in a thread of its own:
    reads go on meanwhile, and writes gather.

    Args:
        gate: The one road.
        health: What the health page says.
        pages: What answers our own paths beside the API, by what they begin with.
        most: The most calls in one batch.
    """

    def __init__(
        self,
        gate: Gate,
        health: Callable[[], dict[str, Any]],
        pages: Mapping[str, Page] | None = None,
        most: int = 64,
    ) -> None:
        self._gate = gate
        self._pages = pages or {}
        self._health = health
        self._most = most
        self._waiting: list[Call] = []
        self._scheduled = False
        self._to_write: list[Call] = []
        self._committing: asyncio.Future[None] | None = None
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._slow = ThreadPoolExecutor(2, thread_name_prefix="ahead")

    def receive(self, http: HttpRequest, respond: Respond) -> None:
        """Take one request; *respond* is called once, on the loop, now or later."""
        if http.path.startswith("/_") and http.path not in door.OWN_PATHS:
            page = next(
                (self._pages[head] for head in self._pages if http.path.startswith(head)), None
            )
            if page is None:
                respond(self._own_page(http))
            else:
                self._gate.background.spawn(self._serve_page(page, http, respond))
            return
        try:
            call = door.open_call(self._gate, http, respond)
        except NoRoute as refusal:
            respond(door.refuse_unrouted(refusal))
            return
        if call.wants_preparation():
            self._gate.background.spawn(self._prepare(call))
        elif http.body.__class__ is not bytes and isinstance(http.body, Incoming):
            self._gate.background.spawn(self._await_body(call, http.body))
        else:
            self._enqueue(call)

    async def _await_body(self, call: Call, body: Incoming) -> None:
        """Let a long body come to its end, and see that nothing stays of one that is not kept."""
        forget_after(call, body.drop)
        try:
            await body.settled()
        except BaseException:
            body.drop()
            raise
        self._enqueue(call)

    async def _serve_page(self, page: Page, http: HttpRequest, respond: Respond) -> None:
        try:
            response = await page(http)
        except Exception:
            log.exception("a page failed: a fault of ours")
            response = HttpResponse(500, {"content-type": "application/json"}, b"{}")
        respond(response)

    def _own_page(self, http: HttpRequest) -> HttpResponse:
        headers = {"content-type": "application/json"}
        if http.path in HEALTH_PATHS and http.method in {"GET", "HEAD"}:
            health = self._health()
            status = 200 if health.get("status") == "running" else 503
            return HttpResponse(status, headers, json.dumps(health).encode())
        return HttpResponse(404, headers, b'{"message":"no such page"}')

    def _enqueue(self, call: Call) -> None:
        self._waiting.append(call)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._run_batch)

    def _run_batch(self) -> None:
        calls, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        self._scheduled = bool(self._waiting)
        if self._scheduled:
            asyncio.get_running_loop().call_soon(self._run_batch)
        reads, writes = parted(calls)
        run_reads(self._gate, reads)
        for call in reads:
            self._finish(call)
        if writes:
            self._to_write += writes
            if self._committing is None:
                self._write()

    def _write(self) -> None:
        """Run what waits to be written, and have it committed."""
        calls, self._to_write = self._to_write[: self._most], self._to_write[self._most :]
        batch = Writes(self._gate, calls)
        batch.run()
        loop = asyncio.get_running_loop()
        self._committing = loop.run_in_executor(self._committer, batch.commit)
        self._committing.add_done_callback(lambda commit: self._written(batch, commit))

    def _written(self, batch: Writes, commit: asyncio.Future[None]) -> None:
        """Answer a batch whose commit has ended; on to the next."""
        self._committing = None
        commit.result()  # what is no Exception is raised here, and no answer leaves
        batch.settle()
        for call in batch.calls:
            self._finish(call)
        if self._to_write:
            self._write()

    async def stop(self) -> None:
        """Wait for the commits that are on their way."""
        while self._committing is not None:
            await asyncio.wait([self._committing])
            await asyncio.sleep(0)

    def close(self) -> None:
        """Let go of the threads, before the store is closed that they commit to."""
        self._committer.shutdown()
        self._slow.shutdown()

    def _finish(self, call: Call) -> None:
        for work in call.after:
            work()
        if call.failure is None and call.deferred is not None:
            self._gate.background.spawn(self._complete(call))
        elif call.respond is not None:
            call.respond(door.answer(call))

    async def _complete(self, call: Call) -> None:
        """Finish a deferred answer."""
        try:
            if call.deferred is not None:
                call.result = await call.deferred.finish()
        except ApiError as error:
            call.failure = error
        except asyncio.CancelledError as error:
            call.failure = error
            raise
        except Exception as error:
            log.exception("%s failed after its commit: a fault of ours", call.op.name)
            call.failure = error
        finally:
            if call.respond is not None:
                call.respond(door.answer(call))

    async def _prepare(self, call: Call) -> None:
        """Do an operation's slow work in a thread, once its caller is believed."""
        gate, prepare = self._gate, call.op.prepare
        try:
            with gate.store.transaction(write=False) as tx:
                door.believe_and_fit(gate, tx, call)
                work = plan_ahead(gate, tx, call, prepare) if isinstance(prepare, Ahead) else None
            if work is not None:
                await self._work_ahead(call, work)
            elif prepare is not None:
                request = call.request
                call.prepared = await gate.background.in_thread(lambda: prepare(request))
        except Exception as error:
            if not isinstance(error, ApiError):
                log.exception("%s was not prepared: a fault of ours", call.op.name)
            call.failure = error
            self._finish(call)
            return
        call.is_prepared = True
        self._enqueue(call)

    async def _work_ahead(self, call: Call, work: Work) -> None:
        """Do work that may take minutes, in one of few threads, beside those for short work."""
        forget_after(call, work.discard)
        try:
            await asyncio.get_running_loop().run_in_executor(self._slow, work.run)
        except BaseException:
            work.discard()
            raise
        call.prepared = work


def forget_after(call: Call, forget: Callable[[], None]) -> None:
    """Call *forget* before *call* is answered: by then it has kept what it keeps."""
    respond = call.respond

    def forget_and_respond(response: HttpResponse) -> None:
        forget()
        if respond is not None:
            respond(response)

    call.respond = forget_and_respond
