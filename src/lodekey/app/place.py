"""Where a server keeps its files, and how other commands find a running one."""

from __future__ import annotations

import json
import os
from pathlib import Path


class Credentials:
    """An access key of a root or a user; a plain class, since dataclasses are slow to import."""

    __slots__ = ("access_key_id", "secret_access_key")

    def __init__(self, access_key_id: str, secret_access_key: str) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key


def data_directory(given: str | None = None) -> Path:
    """The data directory: as given, ``LODEKEY_DATA``, or the XDG place for it."""
    chosen = given or os.environ.get("LODEKEY_DATA")
    if chosen:
        return Path(chosen).expanduser()
    home = os.environ.get("XDG_DATA_HOME") or str(Path("~/.local/share").expanduser())
    return Path(home) / "lodekey"


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


def read_credentials(data: Path) -> Credentials | None:
    """The root credentials that a first start left, or None."""
    try:
        lines = (data / "credentials").read_text().splitlines()
    except FileNotFoundError:
        return None
    values = {name: value for name, _, value in (line.partition(" = ") for line in lines)}
    return Credentials(values["aws_access_key_id"], values["aws_secret_access_key"])


def write_running(data: Path, facts: dict[str, object]) -> None:
    """Tell other commands where the server listens."""
    write_private(data / "server.json", json.dumps(facts))


def read_running(data: Path) -> dict[str, str] | None:
    """Where the server of this data directory listens, or listened last; None: never started."""
    try:
        facts: dict[str, str] = json.loads((data / "server.json").read_text())
    except FileNotFoundError:
        return None
    return facts
