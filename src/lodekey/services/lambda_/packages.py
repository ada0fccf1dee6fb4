"""Deployment packages: checked, kept sealed, unpacked where functions run.

A package is a file in the data directory, sealed with a key of its own that lies in the function's
record. It is written before the record is, and removed after the record is gone; a file that no
record names is swept.

Source of the limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import secrets
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lodekey.crypto.aead import KEY_BYTES, Aead
from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    RequestTooLargeException,
)
from lodekey.services.lambda_.functions import Code

MOST_ZIPPED = 52_428_800
MOST_UNZIPPED = 262_144_000
MOST_FILES = 100_000


class Package(NamedTuple):
    """A package that was checked."""

    body: bytes
    sha256: str
    unzipped: int


def check(body: bytes, *, direct: bool) -> Package:
    """Check a package as it came.

    Args:
        body: The archive.
        direct: Whether it came in the request itself, where the limit is lower than from S3.

    Raises:
        InvalidParameterValueException: It is no archive, is empty, or holds too much.
        RequestTooLargeException: It is too long to come in a request.
    """
    if direct and len(body) > MOST_ZIPPED:
        raise RequestTooLargeException(
            f"Request must be smaller than {MOST_ZIPPED} bytes for the CreateFunction operation",
            Type="User",
        )
    if not body:
        raise InvalidParameterValueException("Uploaded file must be a non-empty zip", Type="User")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            unzipped = sum(member.file_size for member in members)
            if unzipped > MOST_UNZIPPED or len(members) > MOST_FILES:
                raise InvalidParameterValueException(
                    f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes", Type="User"
                )
            for member in members:
                inside(member.filename)
            if not any(not member.is_dir() for member in members):
                raise InvalidParameterValueException(
                    "Uploaded file must be a non-empty zip", Type="User"
                )
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise unreadable() from None
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return Package(body, digest, unzipped)


def unreadable() -> InvalidParameterValueException:
    """What a caller reads of a file that is no package."""
    return InvalidParameterValueException(
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
        Type="User",
    )


def inside(name: str) -> PurePosixPath:
    """A member's name as a path below the root of the package.

    Raises:
        InvalidParameterValueException: It would lie outside.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or "\x00" in name:
        raise unreadable()
    return path


class Shelf:
    """Where packages are kept.

    Args:
        directory: Of the data directory; made, for its owner alone.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, package: Package) -> Code:
        """Write *package*, durably."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name, key = secrets.token_hex(16), os.urandom(KEY_BYTES)
        sealed = Aead(key).seal(name.encode(), package.body)
        path = self._directory / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        handle = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return Code(
            id=name,
            key=key,
            sha256=package.sha256,
            size=len(package.body),
            unzipped=package.unzipped,
        )

    def read(self, code: Code) -> bytes:
        """Read a package.

        Raises:
            OSError: The file is gone.
            lodekey.crypto.aead.Tampered: It was changed.
        """
        return Aead(code.key).open(code.id.encode(), (self._directory / code.id).read_bytes())

    def sweep(self, named: set[str], before: float) -> None:
        """Remove the files that nobody names and that were written before *before*."""
        if not self._directory.is_dir():
            return
        for path in self._directory.iterdir():
            if path.name not in named and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def unpack(body: bytes, target: Path) -> None:
    """Unpack a checked package into *target*, readable by everybody, writable by us.

    Directories and files are made one by one below *target* and never through a link: links come
    last, and only such as stay inside.
    """
    target.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.chmod(0o755)
    links: list[tuple[Path, str]] = []
    left = MOST_UNZIPPED
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for member in archive.infolist():
            path = target / inside(member.filename)
            mode = member.external_attr >> 16
            if member.is_dir():
                make_directories(path, target)
            elif stat.S_ISLNK(mode):
                links.append((path, archive.read(member)[:4096].decode("utf-8", "replace")))
            else:
                make_directories(path.parent, target)
                left -= write_member(
                    archive, member, path, executable=bool(mode & 0o111), most=left
                )
    for path, to in links:
        make_directories(path.parent, target)
        if not os.path.lexists(path) and stays_inside(path, to, target):
            path.symlink_to(to)


def write_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, *, executable: bool, most: int
) -> int:
    """Write one file of at most *most* bytes; its length."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with (
        archive.open(member) as source,
        os.fdopen(os.open(path, flags, 0o644), "wb") as file,
    ):
        length = 0
        while chunk := source.read(1024 * 1024):
            length += len(chunk)
            if length > most:
                raise unreadable()
            file.write(chunk)
    path.chmod(0o755 if executable else 0o644)
    return length


def make_directories(path: Path, root: Path) -> None:
    """Make *path* below *root*, readable by everybody."""
    for part in [*reversed(path.relative_to(root).parents), path.relative_to(root)]:
        directory = root / part
        if not directory.is_dir():
            directory.mkdir(mode=0o755)
            directory.chmod(0o755)


def stays_inside(path: Path, to: str, root: Path) -> bool:
    """Whether a link at *path* to *to* stays below *root*."""
    if Path(to).is_absolute():
        return False
    end = Path(os.path.normpath(path.parent / to))
    return end.is_relative_to(root)


def remove_tree(path: Path) -> None:
    """Remove an unpacked package."""
    shutil.rmtree(path, ignore_errors=True)
