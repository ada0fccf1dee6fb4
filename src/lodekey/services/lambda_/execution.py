"""Functions at work: invocations find an execution environment, or get one made.

One object a server, made when it is first wanted; operations reach it through `Functions.of`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lodekey.errors import AccessDeniedException, ApiError
from lodekey.gate.background import Background
from lodekey.identity.principals_of import Gone, session_principal
from lodekey.services.lambda_ import confinement, environment, granted, roles, sandbox
from lodekey.services.lambda_.environments import Environment, Result, memory_bytes, variables
from lodekey.services.lambda_.errors import (
    InvalidRuntimeException,
    ServiceException,
    TooManyRequestsException,
)
from lodekey.services.lambda_.extension import Extension
from lodekey.services.lambda_.function_logs import LogStream, stream_name
from lodekey.services.lambda_.functions import Version, function_of
from lodekey.services.lambda_.names import FunctionName
from lodekey.services.lambda_.packages import Shelf
from lodekey.services.lambda_.pool import Full, Key, Pool
from lodekey.services.lambda_.roles import RoleSession
from lodekey.services.lambda_.runtime_api import Invocation
from lodekey.services.lambda_.runtimes import NoRuntime, Runtime, runtime_for
from lodekey.services.lambda_.sandbox import LOOPBACK
from lodekey.services.lambda_.unpacked import Unpacked
from lodekey.services.lambda_.workers import CannotStart, NotTaken, Start, Worker

MOST_ENVIRONMENTS = 64
IDLE_SECONDS = 300.0
PATIENCE = 60.0
CONCURRENT_EXECUTIONS = 1000
"""As a new account has; https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""

log = logging.getLogger("lodekey.lambda")

_BY_BACKGROUND: weakref.WeakKeyDictionary[Background, Functions] = weakref.WeakKeyDictionary()


class Functions:
    """Runs functions.

    Args:
        background: The house from the inside.

    Raises:
        BadGrant: What functions may reach cannot be granted so.
    """

    def __init__(self, background: Background) -> None:
        self._background = background
        settings = background.settings
        self.shelf = Shelf(settings.data / "functions")
        self._scratch = scratch_directory(settings.data, settings.worker)
        self._unpacked = Unpacked(self.shelf, self._scratch, background.in_thread)
        self._pool: Pool[Environment] = Pool(MOST_ENVIRONMENTS, IDLE_SECONDS, PATIENCE)
        self._running: Counter[str] = Counter()
        self._granted = granted.read(settings.functions_may_reach, self._endpoint()[1])
        self._confined: confinement.State | None = None
        self._finding = asyncio.Lock()
        self._stopped = False
        _BY_BACKGROUND[background] = self
        background.at_stop(self.stop)

    @classmethod
    def of(cls, background: Background) -> Functions:
        """The functions of this server."""
        return _BY_BACKGROUND.get(background) or cls(background)

    async def start(self) -> confinement.State:
        """Find out how functions can be confined here, and say so in the log."""
        async with self._finding:
            if self._confined is None or self._confined.passing:
                settings = self._background.settings
                host = urlsplit(settings.endpoint).hostname or ""
                self._confined = await confinement.find(
                    settings.functions, self._scratch, host, self._granted
                )
                self._confined.tell(log)
            return self._confined

    async def stop(self) -> None:
        """End every function, and remove what was made for them outside the data directory."""
        self._stopped = True
        await self._pool.stop()
        self._unpacked.remove()
        shutil.rmtree(self._scratch, ignore_errors=True)
        _BY_BACKGROUND.pop(self._background, None)

    async def reap(self) -> None:
        """End environments that nobody wanted for long."""
        await self._pool.reap(self._background.now())

    async def retire(self, name: FunctionName) -> None:
        """End the environments of *name*: it was changed or deleted."""
        where = (name.account, name.region, name.name)
        await self._pool.retire(lambda key: isinstance(key, tuple) and key[:3] == where)

    def retire_soon(self, name: FunctionName) -> None:
        """End them in the background."""
        self._background.spawn(self.retire(name))

    def running(self, arn: str) -> int:
        """How many invocations of the function of that ARN run now."""
        return self._running[arn]

    async def invoke(self, version: Version, invocation: Invocation) -> Result:
        """Run one invocation of *version*.

        Raises:
            TooManyRequestsException: The concurrency limit is reached.
            ApiError: The function cannot be run.
        """
        arn = version.named.unqualified_arn
        self._must_be_free(version, arn)
        self._running[arn] += 1
        try:
            return await self._invoke(version, invocation)
        finally:
            self._running[arn] -= 1
            if not self._running[arn]:
                del self._running[arn]

    def _must_be_free(self, version: Version, arn: str) -> None:
        with self._background.transaction(write=False) as tx:
            function = function_of(tx, version.named)
        reserved = function.reserved if function is not None else None
        if reserved is not None and self._running[arn] >= reserved:
            raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
        if self._running.total() >= CONCURRENT_EXECUTIONS:
            raise throttled("ConcurrentInvocationLimitExceeded")

    async def _invoke(self, version: Version, invocation: Invocation) -> Result:
        key: Key = (version.account, version.region, version.name, version.number, version.revision)
        while True:
            try:
                found = await self._pool.take(key, lambda slot: self._make(key, slot, version))
            except Full:
                raise throttled("ConcurrentInvocationLimitExceeded") from None
            try:
                return await found.run(invocation)
            except NotTaken:
                # the process of an earlier invocation ended after its answer: take another
                continue
            finally:
                await self._pool.put_back(found, self._background.now())

    async def _make(self, key: Key, slot: int, version: Version) -> Environment:
        """Make an execution environment for *version*."""
        state = await self.start()
        if self._stopped:
            raise ServiceException("The server is stopping.", Type="Service")
        if state.confinement is None:
            raise ServiceException(state.reason, Type="Service")
        session = self._take_role(version)
        own = await self._open_environment(version, session)
        try:
            runtime = runtime_for(
                version.runtime, version.handler, version.memory, state.confinement, self._scratch
            )
        except NoRuntime as error:
            raise InvalidRuntimeException(str(error), Type="Service") from None
        code = await self._unpacked.take(version.code, [use.code for use in version.layers])
        try:
            made = self._assemble(key, slot, version, session, own, state, runtime, code)
            await made.start()
        except CannotStart as error:
            await self._unpacked.give_back(code)
            log.warning("%s did not start: %s", version.named.arn, error)
            raise ServiceException(f"The function did not start: {error}", Type="Service") from None
        except BaseException:
            await self._unpacked.give_back(code)
            raise
        return made

    def _assemble(
        self,
        key: Key,
        slot: int,
        version: Version,
        session: RoleSession,
        own: dict[str, str],
        state: confinement.State,
        runtime: Runtime,
        code: Any,
    ) -> Environment:
        """Put the parts of an environment together; nothing runs yet."""
        how = state.must()
        url, endpoint = self._endpoint()
        reach = granted.of_function(self._granted, version.named.unqualified_arn)
        room = sandbox.Room(
            task=code.task,
            layers=code.layers,
            mounts=runtime.mounts,
            links=runtime.links,
            temporary=version.temporary * sandbox.MIB,
            data=memory_bytes(version) + runtime.headroom,
            slot=slot,
            endpoint_port=sandbox.inner_port(endpoint[1]),
            granted=tuple(reach),
        )
        stream = stream_name(self._background.now(), version.number)
        given = variables(version, session, stream, lambda path: how.place(room, path), own)
        for name, value in runtime.environment.items():
            given[name] = f"{given[name]}:{value}" if name in given else value
        worker: Worker

        call = self._as_function(version, session)
        logs = LogStream(
            version.group,
            stream,
            call("logs"),
            self._background.spawn,
            self._background.now,
            pause=lambda: worker.output.pause(),  # noqa: PLW0108 - the worker is not made yet
            resume=lambda: worker.output.resume(),  # noqa: PLW0108
        )
        start = Start(
            command=runtime.command,
            environment=given,
            room=room,
            endpoint=endpoint,
            endpoint_url=url,
            memory=memory_bytes(version),
            filter=state.filter,
            granted=tuple(reach.values()),
        )
        extension = Extension(
            session.credentials.token, call, self._background.spawn, self._background.now, own
        )
        worker = Worker(start, how, logs.write, extension.serve)
        return Environment(
            key=key,
            slot=slot,
            version=version,
            session=session,
            worker=worker,
            log=logs,
            runtime=runtime.version,
            clock=self._background.now,
            ended=lambda: self._unpacked.give_back(code),
        )

    def _endpoint(self) -> tuple[str, tuple[str, int]]:
        """The endpoint's URL as functions see it, and where it really is.

        A name stays: certificates and virtual hosts depend on it, and it leads to the function's
        own loopback. An address becomes the loopback's.
        """
        parts = urlsplit(self._background.settings.endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or LOOPBACK
        shown = host if sandbox.is_name(host) else LOOPBACK
        return f"{parts.scheme or 'http'}://{shown}:{sandbox.inner_port(port)}", (host, port)

    def _take_role(self, version: Version) -> RoleSession:
        now = self._background.now()
        with self._background.transaction(write=False) as tx:
            session = roles.take(tx, self._background.gate.sealer, version.role, version.named, now)
        if session is None:
            raise AccessDeniedException(roles.CANNOT_ASSUME)
        return session

    async def _open_environment(self, version: Version, session: RoleSession) -> dict[str, str]:
        if not version.environment:
            return {}
        request = {
            "CiphertextBlob": version.environment,
            "EncryptionContext": environment.context_of(version.named),
        }
        decrypt = self._background.operation("kms", "Decrypt")
        # Lambda's own call carries no lambda:SourceFunctionArn (POLICY 6)
        principal = roles.without_function(session.principal)
        try:
            answer = await self._background.run_as(
                principal, decrypt, request, region=version.region, via="lambda"
            )
        except ApiError as error:
            raise environment.refused_to_role(error) from error
        opened: dict[str, str] = json.loads(answer["Plaintext"])
        return opened

    def _as_function(
        self, version: Version, session: RoleSession
    ) -> Callable[[str], Callable[[str, dict[str, Any]], Awaitable[Any]]]:
        """Calls of a service in the function's name, under the policies of this moment."""

        def of_service(service: str) -> Callable[[str, dict[str, Any]], Awaitable[Any]]:
            async def call(name: str, request: dict[str, Any]) -> Any:
                background = self._background
                try:
                    with background.transaction(write=False) as tx:
                        principal = session_principal(
                            tx, session.claims, session.credentials.access_key_id
                        )
                except Gone:
                    raise AccessDeniedException(roles.CANNOT_ASSUME) from None
                operation = background.operation(service, name)
                return await background.run_as(principal, operation, request, region=version.region)

            return call

        return of_service


def throttled(reason: str) -> TooManyRequestsException:
    """What an invoker reads who asks for more than may run at once."""
    return TooManyRequestsException("Rate Exceeded.", Reason=reason, Type="User")


def scratch_directory(data: Path, worker: int = 0) -> Path:
    """A private directory outside the data directory: where packages are unpacked.

    Its name is the same at each start, so that what a killed server left there goes away. Where
    somebody else was there first, it gets a name that nobody can guess.
    """
    digest = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    name = f"lodekey-{os.geteuid()}-{digest}" + (f"-{worker}" if worker else "")
    path = Path(tempfile.gettempdir()) / name
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        return Path(tempfile.mkdtemp(prefix="lodekey-"))
    path.chmod(0o700)
    return path
