"""Files that hold values: readable by their owner alone, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from lodekey.client.failures import Failure

_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own inside it, for us alone
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def write(path: Path, content: str | bytes) -> None:
    """Write *content*, for its owner alone; a device or a pipe is written to as it is.

    Raises:
        Failure: It cannot be written.
    """
    octets = content.encode() if isinstance(content, str) else content
    path = path.resolve() if path.is_symlink() else path
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(octets)
            return
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(octets)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Failure(f"`{path}` cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def passing(text: str, suffix: str = "") -> Iterator[Path]:
    """A file that is there while the block runs, in memory where the machine has such a place.

    It is overwritten before it is removed, also when this process is ended or killed meanwhile;
    what an editor keeps elsewhere is the editor's.
    """
    place = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
    directory = Path(tempfile.mkdtemp(prefix="lodekey-", dir=place))
    with _guarded(directory), _ended_in_order():
        try:
            file = directory / f"value{suffix}"
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
                made.write(text)
            yield file
        finally:
            _wipe(directory)


def _wipe(directory: Path) -> None:
    for each in directory.iterdir() if directory.is_dir() else ():
        with contextlib.suppress(OSError):
            if each.is_file() and not each.is_symlink():
                each.write_bytes(b"\0" * each.stat().st_size)
    shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def _guarded(directory: Path) -> Iterator[None]:
    """A process that outlives this one by a moment, and wipes what a kill leaves behind."""
    waiting, held = os.pipe()
    guard = os.fork()
    if guard == 0:
        _guard(directory, waiting, held)
    os.close(waiting)
    try:
        yield
    finally:
        os.close(held)
        os.waitpid(guard, 0)


def _guard(directory: Path, waiting: int, held: int) -> NoReturn:
    try:
        os.setsid()  # no key of the terminal ends it
        os.close(held)
        nothing = os.open(os.devnull, os.O_RDWR)
        for each in (0, 1, 2):
            os.dup2(nothing, each)
        os.read(waiting, 1)
        _wipe(directory)
    finally:
        os._exit(0)


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """A signal that ends this process lets it clean up first."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    try:
        before = {each: signal.signal(each, end) for each in _ENDING}
    except ValueError:  # not the main thread, which alone gets signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
