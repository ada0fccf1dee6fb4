"""Execution environments: a worker, the role session it runs as, and the log it writes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from lodekey.services.lambda_.function_logs import LogStream
from lodekey.services.lambda_.functions import Version, runtime_version_arn
from lodekey.services.lambda_.pool import Key
from lodekey.services.lambda_.report import Report, Writer
from lodekey.services.lambda_.roles import RoleSession
from lodekey.services.lambda_.runtime_api import TOO_LARGE, Answer, Invocation
from lodekey.services.lambda_.sandbox import LAYERS, MIB, RUNTIME, TASK
from lodekey.services.lambda_.workers import Outcome, Worker

SPARE_SECONDS = 60.0
"""What credentials must outlast an invocation by."""


class Result(NamedTuple):
    """What an invoker gets.

    Args:
        answer: The function's, or Lambda's in its place.
        version: The number of the version that ran.
        tail: The last 4 KB of the log.
    """

    answer: Answer
    version: str
    tail: bytes


class Environment:
    """One execution environment.

    Args:
        key: What it runs, for the pool.
        slot: Its place in the pool.
        version: The function version.
        session: The role session.
        worker: The process.
        log: Its stream.
        runtime: The runtime's version, as ``INIT_START`` names it.
        clock: Seconds since the epoch.
        ended: Called when it has ended.
    """

    def __init__(
        self,
        *,
        key: Key,
        slot: int,
        version: Version,
        session: RoleSession,
        worker: Worker,
        log: LogStream,
        runtime: str,
        clock: Callable[[], float],
        ended: Callable[[], Awaitable[None]],
    ) -> None:
        self.key = key
        self.slot = slot
        self.idle_since = 0.0
        self._version = version
        self._session = session
        self._worker = worker
        self._log = log
        self._runtime = runtime
        self._clock = clock
        self._ended = ended
        self._begun = False
        self._write = Writer(structured=version.log_format == "JSON")

    def usable(self) -> bool:
        """Whether the process lives, and its credentials outlast one more invocation."""
        left = self._session.credentials.expiration - self._clock()
        return self._worker.alive and left > self._version.timeout + SPARE_SECONDS

    async def start(self) -> None:
        """Start the process.

        Raises:
            CannotStart: It did not come up.
        """
        version = self._version
        arn = runtime_version_arn(version.region, version.runtime)
        line = self._write.init_start(
            self._clock(), self._runtime, arn, version.name, version.number
        )
        self._log.write(line)
        await self._worker.start()

    async def run(self, invocation: Invocation) -> Result:
        """Run one invocation; the first one waits for initialisation.

        Raises:
            NotTaken: The process had ended before; another environment may run it.
        """
        self._log.begin_tail()
        cold, self._begun = not self._begun, True
        refusal = None
        if cold:
            refusal = await self._worker.begin(invocation.id, self._version.timeout)
        init_seconds = self._worker.init_seconds if cold else 0.0
        if refusal is not None:
            kind = refusal.error_type
            self._note(self._write.init_report(self._clock(), init_seconds, "error", kind))
        else:
            self._log.begin_tail()
        self._note(self._write.start(self._clock(), invocation.id, self._version.number))
        if refusal is not None:
            await self._worker.stop()
            outcome = Outcome(refusal, "error", 0.0, self._worker.memory)
        else:
            deadline = time.time() + self._version.timeout
            timed = invocation._replace(deadline=deadline)
            outcome = await self._worker.invoke(timed, self._version.timeout)
            if outcome.answer is TOO_LARGE:
                await self._worker.stop()
        return self._finish(invocation, outcome, init_seconds)

    def _finish(self, invocation: Invocation, outcome: Outcome, init_seconds: float) -> Result:
        """Write the closing lines."""
        answer = outcome.answer
        now = self._clock()
        if outcome.status == "timeout":
            self._note(self._write.timed_out(now, invocation.id, self._version.timeout))
        elif answer.error_type in {"Runtime.ExitError", "Runtime.OutOfMemory"}:
            self._note(f"{json.loads(answer.body)['errorMessage']}\n{answer.error_type}")
        self._note(self._write.end(invocation.id))
        report = Report(
            request_id=invocation.id,
            version=self._version.number,
            seconds=outcome.seconds,
            init_seconds=init_seconds,
            memory=self._version.memory,
            used=outcome.memory,
            status=outcome.status,
            error_type=answer.error_type,
        )
        self._note(self._write.report(now, report))
        self._log.flush()
        return Result(answer, self._version.number, self._log.tail())

    def _note(self, line: str | None) -> None:
        if line is not None:
            self._log.write(line)

    async def stop(self) -> None:
        """End the process."""
        await self._worker.stop()
        await self._log.close()
        await self._ended()


def variables(
    version: Version,
    session: RoleSession,
    stream: str,
    place: Callable[[str], str],
    own: Mapping[str, str],
) -> dict[str, str]:
    """The environment variables of a function, as on AWS, but for those that depend on ports.

    Args:
        version: The function version.
        session: Its role's.
        stream: Its log stream.
        place: Where ``/var/task`` and its neighbours are.
        own: The function's own variables; they may replace those that Lambda does not reserve.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    task, layers = place(TASK), place(LAYERS)
    credentials = session.credentials
    lent = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:{layers}/bin",
        "LD_LIBRARY_PATH": f"{task}:{task}/lib:{layers}/lib",
    }
    reserved = {
        "_HANDLER": version.handler,
        "AWS_REGION": version.region,
        "AWS_DEFAULT_REGION": version.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{version.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": version.name,
        "AWS_LAMBDA_FUNCTION_VERSION": version.number,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": version.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret,
        "AWS_SESSION_TOKEN": credentials.token,
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_RUNTIME_DIR": place(RUNTIME),
    }
    if version.log_format == "JSON":
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        reserved["AWS_LAMBDA_LOG_LEVEL"] = version.application_level or "INFO"
    return {**lent, **own, **reserved}


def memory_bytes(version: Version) -> int:
    """The most memory of a function, bytes."""
    return version.memory * MIB
