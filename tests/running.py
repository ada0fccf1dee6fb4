"""A real server process: started, killed and started again by tests that need one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import weakref
from pathlib import Path
from typing import Any

import boto3
import botocore.config


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End what still runs."""
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


ROOT = Path(__file__).parent.parent


class Running:
    """``lodekey up`` on a free port, over one data directory."""

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None):
        self.data = data
        self.options = options
        self.environment = environment or {}
        self.process: subprocess.Popen[bytes] | None = None
        self.endpoint = ""
        self.log = data.parent / f"{data.name}.log"
        # A test that fails on the way must not leave its server behind.
        self._started: list[subprocess.Popen[bytes]] = []
        weakref.finalize(self, end, self._started)
        self.start()

    def start(self, patience: float = 30.0) -> None:
        """Start, and wait until it answers."""
        said = self.data / "server.json"
        said.unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **self.environment}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lodekey", "up", "--data", str(self.data)]
                + ["--port", "0", *self.options],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._started.append(self.process)
        deadline = time.monotonic() + patience
        while not said.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start: {self.log.read_text()}")
            time.sleep(0.02)
        self.facts = json.loads(said.read_text())
        self.endpoint = self.facts["endpoint"]
        while True:
            try:
                with urllib.request.urlopen(self.endpoint + "/_lodekey/health") as answer:
                    assert answer.status == 200
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def credentials(self) -> tuple[str, str]:
        """The root's access key and secret."""
        lines = (self.data / "credentials").read_text().splitlines()
        values = dict(line.split(" = ") for line in lines if " = " in line)
        return values["aws_access_key_id"], values["aws_secret_access_key"]

    def client(self, service: str, *, key: tuple[str, ...] = (), **more: Any) -> Any:
        """A boto3 client of the running server."""
        access_key, secret, *token = key or self.credentials()
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token[0] if token else None,
            config=botocore.config.Config(retries={"total_max_attempts": 1}, **more),
        )

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)
