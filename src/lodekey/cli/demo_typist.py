"""The AWS CLI, kept warm: the demo types thirty lines, and each start costs a second.

A child process imports the AWS CLI once and runs one line after another. It is the same program
with the same code; where the AWS CLI is not a Python package here (version 2 is not), each line
starts the program anew.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_CHILD = """\
import contextlib, io, json, os, sys
from awscli.clidriver import create_clidriver
answers = sys.stdout.buffer
models = os.environ.get("AWS_DATA_PATH", "")
for line in sys.stdin.buffer:
    asked = json.loads(line)
    os.environ.clear()
    os.environ.update(asked["environment"], AWS_DATA_PATH=models)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = create_clidriver().main(asked["words"])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 2
    answer = {"code": code, "out": out.getvalue(), "err": err.getvalue()}
    answers.write(json.dumps(answer).encode() + b"\\n")
    answers.flush()
"""


class Typed(NamedTuple):
    """What a line printed, and its exit code."""

    code: int
    out: str
    err: str


class NoAwsCli(Exception):
    """There is no AWS CLI here."""


class Typist:
    """Types AWS CLI lines in one directory."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._child: subprocess.Popen[bytes] | None = None
        self._program = ""
        if importlib.util.find_spec("awscli") is None:
            found = shutil.which("aws")
            if found is None:
                raise NoAwsCli(
                    "the demo types AWS CLI lines, and there is none: pip install awscli"
                )
            self._program = found

    def type(self, words: tuple[str, ...], environment: dict[str, str]) -> Typed:
        """Run one line."""
        if self._program:
            return self._start_anew(words, environment)
        child = self._warm()
        asked = {"words": list(words), "environment": environment}
        if child.stdin is None or child.stdout is None:
            raise AssertionError("the child was started with pipes")
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        return Typed(answer["code"], answer["out"], answer["err"])

    def _warm(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - our own Python
                [sys.executable, "-c", _CHILD],
                cwd=self._place,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "AWS_PAGER": ""},
            )
        return self._child

    def _start_anew(self, words: tuple[str, ...], environment: dict[str, str]) -> Typed:
        done = subprocess.run(  # noqa: S603 - the AWS CLI that was found on PATH
            [self._program, *words],
            cwd=self._place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Typed(done.returncode, done.stdout, done.stderr)

    def close(self) -> None:
        """Let the child go."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
            self._child.wait(timeout=10)
            if self._child.stdout is not None:
                self._child.stdout.close()
            self._child = None
