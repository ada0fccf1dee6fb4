"""The client's commands against a running server."""

from __future__ import annotations

import functools
import json
import os
import pty
import select
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import boto3
import botocore.session
import pytest
from botocore.loaders import create_loader
from click.testing import CliRunner, Result

from lodekey.cli.group import cli
from lodekey.cli.own_service import call
from running import ROOT, Running

SENTINEL = "sentinel-7f3a-never-shown"


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """Each command makes a session of its own, which would read the services' models anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(create_loader))
        yield


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all of these tests; each has an account of its own."""
    made = Running(tmp_path_factory.mktemp("cli") / "data", "--unsafe-functions")
    try:
        yield made
    finally:
        made.stop()


@dataclass
class Client:
    """The commands, as one caller, in an account of their own."""

    environ: dict[str, str]
    home: Path

    def __call__(self, *words: str, stdin: str | bytes = b"", code: int = 0) -> Result:
        """Run a command in this process."""
        result = CliRunner().invoke(
            cli, list(words), input=stdin, env=self.environ, prog_name="lodekey"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    def json(self, *words: str, stdin: str | bytes = b"", code: int = 0) -> Any:
        """Run a command with --json, and read what it answers."""
        return json.loads(self(*words, "--json", stdin=stdin, code=code).stdout)

    def process(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own."""
        return subprocess.run(
            self.argv(*words),
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **self.environ, **more.pop("env", {})},
            check=False,
            **more,
        )

    def argv(self, *words: str) -> list[str]:
        """The command line of a process."""
        return [sys.executable, "-m", "lodekey", *words]

    def boto3(self, service: str) -> Any:
        """A boto3 client as the same caller."""
        return boto3.client(
            service,
            endpoint_url=self.environ["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id=self.environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environ["AWS_SECRET_ACCESS_KEY"],
        )

    def as_user(self, name: str, *statements: dict[str, Any]) -> Client:
        """The commands as a new user with these permissions."""
        iam = self.boto3("iam")
        iam.create_user(UserName=name)
        if statements:
            policy = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }
        return Client({**self.environ, **keys}, self.home)


@pytest.fixture
def lodekey(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The commands in an account that nobody else uses."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("AWS_", "LODEKEY_"))]:
        monkeypatch.delenv(name)
    made = call(running.data, "CreateAccount", {})
    client = Client(
        {
            "AWS_ENDPOINT_URL": running.endpoint,
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(tmp_path),
        },
        tmp_path,
    )
    yield client
    log = running.log.read_text()
    assert SENTINEL not in log


Screen = Callable[..., tuple[int, str]]


def on_terminal(
    words: list[str],
    environ: dict[str, str],
    answers: dict[str, str | Callable[[int], object]],
    patience: float = 30.0,
) -> tuple[int, str]:
    """Run a command in a pseudo-terminal; when it shows a key of *answers*, type what is there.

    Where a function is there, it is called with the terminal instead.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(words[0], words, {**os.environ, **environ, "TERM": "xterm"})
    shown, left, deadline = "", dict(answers), time.monotonic() + patience
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece.decode(errors="replace")
        for prompt in [prompt for prompt in left if prompt in shown]:
            answer = left.pop(prompt)
            if isinstance(answer, str):
                os.write(terminal, answer.encode())
            else:
                answer(terminal)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), shown


class Elsewhere(BaseHTTPRequestHandler):
    """An AWS-compatible endpoint that is no lodekey server: without the server's own service."""

    behind: ClassVar[str] = ""
    missing: ClassVar[tuple[bytes, ...]] = ()
    throttled: ClassVar[list[int]] = []
    """Holds an item for each call that is yet refused."""

    def do_GET(self) -> None:
        self.pass_on(b"")

    def do_POST(self) -> None:
        self.pass_on(self.rfile.read(int(self.headers["content-length"])))

    def pass_on(self, body: bytes) -> None:
        own = "Lodekey" in self.headers.get("x-amz-target", "") or "_lodekey" in self.path
        if own or any(b"Action=" + each in body for each in self.missing):
            self.answer(501, b"<html>no such operation</html>")
            return
        if self.throttled:
            self.throttled.pop()
            self.answer(400, b'{"__type": "ThrottlingException"}')
            return
        url = self.behind + self.path
        request = urllib.request.Request(url, body or None, dict(self.headers))
        try:
            with urllib.request.urlopen(request) as found:
                self.answer(found.status, found.read(), found.headers)
        except urllib.error.HTTPError as error:
            with error:
                self.answer(error.code, error.read(), error.headers)

    def answer(self, status: int, body: bytes, headers: Any = MappingProxyType({})) -> None:
        self.send_response(status)
        for name in ("content-type", "x-amzn-errortype", "x-amzn-requestid"):
            if name in headers:
                self.send_header(name, headers[name])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: Any) -> None:
        pass


@pytest.fixture
def elsewhere(lodekey: Client) -> Iterator[Callable[..., Client]]:
    """The same account at an endpoint without lodekey's own service, and what else is missing."""
    servers = []

    def make(*missing: str, throttled: int = 0) -> Client:
        members = {
            "behind": lodekey.environ["AWS_ENDPOINT_URL"],
            "missing": tuple(each.encode() for each in missing),
            "throttled": list(range(throttled)),
        }
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Endpoint", (Elsewhere,), members))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        return Client({**lodekey.environ, "AWS_ENDPOINT_URL": endpoint}, lodekey.home)

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()
