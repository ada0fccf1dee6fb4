"""The lines that Lambda itself writes to a function's log, as text and as JSON.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Report(NamedTuple):
    """How an invocation went.

    Args:
        request_id: Its id.
        version: The version that ran.
        seconds: Its duration, without initialisation.
        init_seconds: How long initialisation took; zero: there was none.
        memory: What the function may have, MiB.
        used: The most it held, bytes.
        status: ``success``, ``error``, ``timeout``.
        error_type: Where the process failed.
    """

    request_id: str
    version: str
    seconds: float
    init_seconds: float
    memory: int
    used: int
    status: str
    error_type: str = ""

    @property
    def duration(self) -> float:
        """Milliseconds."""
        return self.seconds * 1000

    @property
    def billed(self) -> int:
        """Milliseconds, rounded up; initialisation counts."""
        return max(1, math.ceil((self.seconds + self.init_seconds) * 1000))

    @property
    def used_mib(self) -> int:
        """The most memory, MiB."""
        return max(1, math.ceil(self.used / 1024 / 1024))


class Writer:
    """Words Lambda's own lines.

    Args:
        structured: Whether the function's log format is JSON.
    """

    def __init__(self, *, structured: bool) -> None:
        self._structured = structured

    def init_start(self, now: float, version: str, arn: str, function: str, number: str) -> str:
        """An environment comes up."""
        if not self._structured:
            return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}"
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": function,
            "functionVersion": number,
        }
        return event(now, "platform.initStart", record)

    def init_report(self, now: float, seconds: float, status: str, error_type: str) -> str:
        """An environment did not come up."""
        if not self._structured:
            return (
                f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: init\t"
                f"Status: {status}\tError Type: {error_type}"
            )
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "status": status,
            "errorType": error_type,
            "metrics": {"durationMs": round(seconds * 1000, 3)},
        }
        return event(now, "platform.initReport", record)

    def start(self, now: float, request_id: str, number: str) -> str:
        """An invocation begins."""
        if not self._structured:
            return f"START RequestId: {request_id} Version: {number}"
        return event(now, "platform.start", {"requestId": request_id, "version": number})

    def end(self, request_id: str) -> str | None:
        """An invocation ends; JSON has no such line."""
        return None if self._structured else f"END RequestId: {request_id}"

    def timed_out(self, now: float, request_id: str, seconds: float) -> str | None:
        """An invocation took too long; JSON's report says so."""
        if self._structured:
            return None
        return f"{iso(now)} {request_id} Task timed out after {seconds:.2f} seconds"

    def report(self, now: float, report: Report) -> str:
        """What an invocation cost."""
        if self._structured:
            return event(now, "platform.report", self._record(report))
        parts = [
            f"REPORT RequestId: {report.request_id}",
            f"Duration: {report.duration:.2f} ms",
            f"Billed Duration: {report.billed} ms",
            f"Memory Size: {report.memory} MB",
            f"Max Memory Used: {report.used_mib} MB",
        ]
        if report.init_seconds:
            parts.append(f"Init Duration: {report.init_seconds * 1000:.2f} ms")
        if report.status != "success":
            parts.append(f"Status: {report.status}")
        if report.status == "error" and report.error_type:
            parts.append(f"Error Type: {report.error_type}")
        return "\t".join(parts) + "\t"

    @staticmethod
    def _record(report: Report) -> dict[str, Any]:
        metrics: dict[str, Any] = {
            "durationMs": round(report.duration, 3),
            "billedDurationMs": report.billed,
            "memorySizeMB": report.memory,
            "maxMemoryUsedMB": report.used_mib,
        }
        if report.init_seconds:
            metrics["initDurationMs"] = round(report.init_seconds * 1000, 3)
        record = {"requestId": report.request_id, "metrics": metrics, "status": report.status}
        if report.error_type and report.status != "success":
            record["errorType"] = report.error_type
        return record


def event(now: float, kind: str, record: dict[str, Any]) -> str:
    """A line of Lambda's own in a JSON log."""
    return json.dumps({"time": iso(now), "type": kind, "record": record}, separators=(",", ":"))


def iso(now: float) -> str:
    """A time with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(now, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
