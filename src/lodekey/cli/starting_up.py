"""Run a word of the command line as a process of its own, which gives no value away."""

from __future__ import annotations

import io
import os
import sys
from types import TracebackType

from lodekey.cli.group import cli
from lodekey.cli.leaving import leave
from lodekey.client import private_memory


def run(words: list[str], *, private: bool) -> None:
    """Run *words*; what nobody foresaw is told without its message, which may hold a value.

    Args:
        words: The command line after the program's name.
        private: Whether this process keeps its memory to itself.
    """
    for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):  # data is UTF-8, whatever the terminal's locale
            stream.reconfigure(encoding="utf-8" if stream is sys.stdout else None, errors=errors)
    if private:
        private_memory.close()
    if "_LODEKEY_COMPLETE" in os.environ:
        from lodekey.cli import completing  # noqa: PLC0415 - for the Tab key alone

        completing.register()
    try:
        cli(args=words, prog_name="lodekey")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lodekey"):
            raise
        leave(
            f"this needs `{error.name}`",
            "pip install 'lodekey[server]'",
            as_json="--json" in words,
        )
    except Exception as error:
        if os.environ.get("LODEKEY_DEBUG"):
            raise
        leave(
            f"a fault of lodekey's own: {type(error).__name__} {_where(error.__traceback__)}",
            "its message may hold a value and is not shown; LODEKEY_DEBUG=1 shows it",
            as_json="--json" in words,
        )


def _where(trace: TracebackType | None) -> str:
    import traceback  # noqa: PLC0415 - slow to import, and seldom needed

    frames = traceback.extract_tb(trace)[-3:]
    places = (f"{each.filename.rpartition(os.sep)[2]}:{each.lineno}" for each in frames)
    return "at " + " > ".join(places)
