"""Other processes on the same store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Self


class Worker:
    """A `store.workers` process."""

    def __init__(self, directory: Path) -> None:
        path = os.pathsep.join(one for one in sys.path if one)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "store.workers", str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self.heard() == "ready"

    def tell(self, word: str) -> None:
        print(word, file=self.process.stdin, flush=True)

    def heard(self) -> str:
        return self.process.stdout.readline().strip()

    def ask(self, word: str) -> str:
        self.tell(word)
        return self.heard()

    def kill(self) -> list[str]:
        """Kill it as `kill -9` does; what it had said and nobody had heard yet."""
        self.process.kill()
        rest = self.process.stdout.read().split()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        return rest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
