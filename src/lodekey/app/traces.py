"""What a server leaves for other commands: where it listens, and the first root's credentials.

Read here with nothing slow to import: `lodekey account create` is called by the hundred, and counts
milliseconds. So paths are texts.
"""

from __future__ import annotations

import os

from lodekey.app import slim

TYPE_CHECKING = False  # typing itself takes five milliseconds to import
if TYPE_CHECKING:
    from typing import Any

    Directory = str | os.PathLike[str]


class Credentials:
    """An access key of a root or a user; a plain class, since dataclasses are slow to import."""

    __slots__ = ("access_key_id", "secret_access_key")

    def __init__(self, access_key_id: str, secret_access_key: str) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key


def directory(given: str | None = None) -> str:
    """The data directory: as given, ``LODEKEY_DATA``, or the XDG place for it."""
    chosen = given or os.environ.get("LODEKEY_DATA")
    if chosen:
        return os.path.expanduser(chosen)  # noqa: PTH111 - pathlib is slow to import
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111
    return f"{home}/lodekey"


def read_credentials(data: Directory) -> Credentials | None:
    """The root credentials that a first start left, or None."""
    text = _text(data, "credentials")
    if text is None:
        return None
    values = {
        name: value for name, _, value in (each.partition(" = ") for each in text.split("\n"))
    }
    return Credentials(values["aws_access_key_id"], values["aws_secret_access_key"])


def read_running(data: Directory) -> dict[str, Any] | None:
    """Where the server of this data directory listens, or listened last; None: never started."""
    text = _text(data, "server.json")
    return None if text is None else slim.loads(text)


def _text(data: Directory, name: str) -> str | None:
    try:
        with open(f"{os.fspath(data)}/{name}", encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except FileNotFoundError:
        return None
