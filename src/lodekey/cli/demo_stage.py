"""The demo's stage: a throw-away server, the AWS CLI, and a narrator."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from lodekey.app.place import read_credentials, read_running
from lodekey.cli.demo_typist import NoAwsCli, Typist


class Person(NamedTuple):
    """Someone in the story, and what they sign with."""

    name: str
    access_key_id: str
    secret_access_key: str
    session_token: str = ""


class StageError(Exception):
    """The story cannot be told here; the text says why and what to do."""


class Failed(Exception):
    """An AWS CLI line that ended with an error: its text."""


class Narrator:
    """Prints the story."""

    def __init__(self, *, colored: bool) -> None:
        self._colored = colored
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._chapter += 1
        self._write(f"\n{self._chapter}. {title}", "1")

    def say(self, text: str) -> None:
        """Tell something."""
        self._write(f"   {text}", "")

    def typed(self, person: str, line: str) -> None:
        """Show what somebody types."""
        self._write(f"   {person}$ {line}", "36")

    def answer(self, text: str) -> None:
        """Show what came back."""
        for line in text.strip().splitlines():
            self._write(f"     {line}", "32")

    def refused(self, text: str) -> None:
        """Show a refusal."""
        for line in text.strip().splitlines():
            self._write(f"     {line}", "31")

    def _write(self, text: str, color: str) -> None:
        if self._colored and color:
            text = f"\x1b[{color}m{text}\x1b[0m"
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


class Stage:
    """A server over a directory that goes away, and people who type at it."""

    def __init__(self, narrator: Narrator, *, unsafe_functions: bool) -> None:
        self.narrator = narrator
        self.place = Path(tempfile.mkdtemp(prefix="lodekey-demo-"))
        self.data = self.place / "data"
        try:
            self._typist = Typist(self.place)
        except NoAwsCli as error:
            raise StageError(str(error)) from None
        self._words = ["--unsafe-functions"] if unsafe_functions else []
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = ""

    def start(self, patience: float = 30.0) -> Person:
        """Start the server; the root of its first account."""
        said = self.data / "server.json"
        said.unlink(missing_ok=True)
        with (self.place / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(sys.executable, "-m", "lodekey", "up", "--quiet", "--port", "0"),
                    *("--data", str(self.data), *self._words),
                ],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + patience
        while not said.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                text = (self.place / "server.log").read_text()[-2000:]
                raise StageError(f"the server did not start:\n{text}")
            time.sleep(0.02)
        running, kept = read_running(self.data), read_credentials(self.data)
        if running is None or kept is None:
            raise StageError("the server left no word of where it listens")
        self.endpoint = running["endpoint"]
        return Person("root", kept.access_key_id, kept.secret_access_key)

    def kill(self) -> None:
        """End the server with SIGKILL, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, *, keep: bool) -> None:
        """End the server in good order and forget its files."""
        self._typist.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
        if keep:
            self.narrator.say(f"The server's files are in {self.place}")
        else:
            shutil.rmtree(self.place, ignore_errors=True)

    def aws(self, person: Person, *words: str, show: bool = True) -> Any:
        """Let *person* type an AWS CLI line; what it printed, parsed where it is JSON.

        Raises:
            Failed: The line ended with an error.
        """
        if show:
            self.narrator.typed(person.name, shown(words))
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": person.access_key_id,
            "AWS_SECRET_ACCESS_KEY": person.secret_access_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        if person.session_token:
            environment["AWS_SESSION_TOKEN"] = person.session_token
        done = self._typist.type(words, environment)
        if done.code != 0:
            raise Failed(done.err.strip())
        text = done.out.strip()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def explain(self, words: list[str]) -> list[str]:
        """Type a ``lodekey explain`` line as root; its first lines, which say what decided."""
        return self.lodekey(["explain", *words], shown_words=5)[:4]

    def lodekey(self, words: list[str], *, shown_words: int) -> list[str]:
        """Type a ``lodekey`` line as root; what it printed.

        Raises:
            StageError: It ended with an error.
        """
        more = " …" if len(words) > shown_words else ""
        self.narrator.typed("root", f"lodekey {' '.join(words[:shown_words])}{more}")
        word, *rest = words
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "lodekey", word, "--data", str(self.data), *rest],
            env={k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StageError(done.stderr or done.stdout)
        return done.stdout.strip().splitlines()

    def refusal(self, person: Person, *words: str) -> str:
        """Let *person* type a line that must be refused; AWS's words.

        Raises:
            StageError: It was not refused.
        """
        try:
            self.aws(person, *words)
        except Failed as failed:
            text = str(failed)
            self.narrator.refused(text)
            return text
        raise StageError(f"{person.name} should have been refused: aws {shown(words)}")


def shown(words: tuple[str, ...]) -> str:
    """A line as a person would type it; long documents cut."""
    short = [word if len(word) <= 100 else word[:70] + "…" for word in words]
    return "aws " + " ".join(shlex.quote(word) for word in short)
