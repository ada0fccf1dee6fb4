"""Files that hold values: readable by their owner alone, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lodekey.client.failures import Failure

_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own inside it, for us alone


def write(path: Path, text: str) -> None:
    """Write *text*, for its owner alone.

    Raises:
        Failure: It cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Failure(f"`{path}` cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def passing(text: str, suffix: str = "") -> Iterator[Path]:
    """A file that is there while the block runs, in memory where the machine has such a place.

    It is overwritten before it is removed; what an editor keeps elsewhere is the editor's.
    """
    place = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="lodekey-", dir=place) as directory:
        file = Path(directory) / f"value{suffix}"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(text)
        try:
            yield file
        finally:
            for each in Path(directory).iterdir():
                if each.is_file():
                    each.write_bytes(b"\0" * each.stat().st_size)
