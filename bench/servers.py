"""The servers that are measured: each a process of its own on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import botocore.config

HERE = Path(__file__).parent
ROOT = HERE.parent
CACHE = ROOT / ".cache" / "bench"
REGION = "us-east-1"
_TICKS = os.sysconf("SC_CLK_TCK")


class NotToBeHad(Exception):
    """The server cannot be installed or started here; the text says why."""


class Server:
    """A running server and the credentials that it takes.

    Args:
        name: As the report calls it.
        command: What to run; PORT stands for the port.
        health: A path that is answered once it is up.
        keys: Access key and secret.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        health: str,
        keys: tuple[str, str] = ("test", "testtest"),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.keys = keys
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        CACHE.mkdir(parents=True, exist_ok=True)
        words = [word.replace("PORT", str(self.port)) for word in command]
        self._log = (CACHE / f"{name}.log").open("wb")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            words,
            env={**installed(), "PYTHONPATH": str(ROOT / "src"), **(environment or {})},
            stdout=self._log,
            stderr=self._log,
        )
        self._await(health)
        self.first_answer = time.perf_counter() - began

    def _await(self, health: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.endpoint + health, timeout=5):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.005)
        self.stop()
        raise NotToBeHad(f"{self.name} does not start, see {self._log.name}")

    def client(self, service: str, keys: tuple[str, str] | None = None) -> Any:
        """A boto3 client of it."""
        access_key, secret = keys or self.keys
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )

    def cpu(self) -> float:
        """Seconds of CPU that it and its descendants have used."""
        return sum(self.times())

    def times(self) -> tuple[float, float]:
        """The same apart: its own code's seconds, and the kernel's for it."""
        spent = [_cpu_of(pid) for pid in family(self.process.pid)]
        return sum(own for own, _ in spent), sum(kernel for _, kernel in spent)

    def memory(self) -> list[float]:
        """Resident MiB of each of its processes."""
        return [_resident(pid) for pid in family(self.process.pid)]

    def stop(self) -> None:
        """SIGTERM, then patience, then SIGKILL."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()


def installed() -> dict[str, str]:
    """Our environment, and a place for bytecode, which installing a package would have compiled."""
    mine = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**mine, "PYTHONPYCACHEPREFIX": str(CACHE / "bytecode")}


def family(pid: int) -> list[int]:
    """*pid* and its descendants."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found


def _cpu_of(pid: int) -> tuple[float, float]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    return int(fields[11]) / _TICKS, int(fields[12]) / _TICKS


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def lodekey(data: Path, *options: str) -> Server:
    """``lodekey up`` on a new data directory: signatures, policies and the trail on, as always."""
    keys = ("LKIABENCHBENCHBENCH0", "bench-secret-of-the-root-0123456789abcdef")
    environment = {"LODEKEY_ROOT_ACCESS_KEY_ID": keys[0], "LODEKEY_ROOT_SECRET_ACCESS_KEY": keys[1]}
    command = [sys.executable, "-m", "lodekey", "up", "--port", "PORT", "--quiet"]
    command += ["--data", str(data), *options]
    return Server("lodekey", command, "/_lodekey/health", keys, environment)


def echo() -> Server:
    """The bare echo."""
    return Server("echo", [sys.executable, str(HERE / "echo.py"), "PORT"], "/")


def moto() -> Server:
    """moto, installed where it is not yet."""
    where = install("moto", "moto[server]")
    return Server("moto", [f"{where}/moto_server", "-H", "127.0.0.1", "-p", "PORT"], "/moto-api/")


def ministack() -> Server:
    """MiniStack, installed where it is not yet."""
    where = install("ministack", "ministack", "cryptography")
    program = where / "ministack"
    command = [str(program)] if program.exists() else [str(where / "python"), "-m", "ministack"]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    environment = {
        "GATEWAY_PORT": port,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PYTHONPATH": str(HERE / "loopback"),
    }
    return _On(int(port), "ministack", command, "/_ministack/health", environment=environment)


class _On(Server):
    """A server that is told its port through its environment."""

    def __init__(self, port: int, *arguments: Any, **more: Any) -> None:
        self._port = port
        super().__init__(*arguments, **more)

    def _await(self, health: str) -> None:
        self.port = self._port
        self.endpoint = f"http://127.0.0.1:{self.port}"
        super()._await(health)


def install(name: str, *packages: str) -> Path:
    """A virtual environment of its own with *packages*; where its programs are.

    Raises:
        NotToBeHad: It cannot be installed.
    """
    where = CACHE / name
    done = where / ".installed"
    if not done.exists():
        pip = [str(where / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        try:
            subprocess.run([sys.executable, "-m", "venv", str(where)], check=True, timeout=120)
            subprocess.run(
                [*pip, "--disable-pip-version-check", *packages], check=True, timeout=400
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NotToBeHad(f"{name} cannot be installed: {error}") from None
        done.touch()
    return where / "bin"
