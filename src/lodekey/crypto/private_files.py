"""Small files that hold keys: readable by their owner alone, whole or not there at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_LARGEST = 1 << 20


class NotPrivate(Exception):
    """The file can be read by others, or belongs to another user."""


def read_private(path: Path) -> bytes:
    """The content of *path*.

    Raises:
        NotPrivate: Others may read it.
        OSError: It cannot be read, or is a symbolic link.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if found.st_uid not in {os.geteuid(), 0}:
            raise NotPrivate(f"`{path}` belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise NotPrivate(f"others may read `{path}`: run `chmod 600 {path}`")
        return file.read(_LARGEST)


def write_new(path: Path, content: bytes) -> None:
    """Write *path* unless it is there: of two first starts at once, one wins."""
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _settle(path.parent)


def write_over(path: Path, content: bytes) -> None:
    """Replace what *path* holds, all of it or nothing."""
    _draft(path, content).replace(path)
    _settle(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return draft


def _settle(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
