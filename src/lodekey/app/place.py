"""Where a server keeps its files, and what it leaves for other commands."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lodekey.app import traces
from lodekey.app.traces import read_credentials, read_running

__all__ = [
    "data_directory",
    "read_credentials",
    "read_running",
    "write_credentials",
    "write_private",
    "write_running",
]


def data_directory(given: str | None = None) -> Path:
    """The data directory: as given, ``LODEKEY_DATA``, or the XDG place for it."""
    return Path(traces.directory(given))


def write_private(path: Path, text: str) -> None:
    """Write *text* to *path*, readable by its owner alone, all of it or nothing."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def write_credentials(data: Path, access_key_id: str, secret: str) -> None:
    """Keep the root credentials where ``lodekey env`` finds them, in the AWS CLI's own format."""
    lines = f"[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret}\n"
    write_private(data / "credentials", lines)


def write_running(data: Path, facts: dict[str, object]) -> None:
    """Tell other commands where the server listens."""
    write_private(data / "server.json", json.dumps(facts))
