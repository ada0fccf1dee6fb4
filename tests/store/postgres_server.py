"""A PostgreSQL server of the tests' own, on a socket in a directory of its own."""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def programs() -> Path | None:
    """Where PostgreSQL's programs are; None: nowhere."""
    for version in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True):
        return version.parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class PostgresServer:
    """Started at once; it does not run as root, because it refuses to."""

    def __init__(self, **settings: str) -> None:
        found = programs()
        assert found is not None
        self._programs = found
        self.directory = Path(tempfile.mkdtemp(prefix="lodekey-pg-"))
        self._user = None
        if not os.geteuid():
            self._user = "postgres" if _exists("postgres") else "nobody"
            os.chown(self.directory, pwd.getpwnam(self._user).pw_uid, -1)
        self.data = self.directory / "data"
        self._run("initdb", "-D", self.data, "-U", "lodekey", "-A", "trust", "-N", "-E", "UTF8")
        given = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.directory),
            "fsync": "off",  # killing the server loses nothing; only killing the machine would
            "max_connections": "30",
            "shared_buffers": "16MB",
            **settings,
        }
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in given.items())
        self.start()

    @property
    def conninfo(self) -> str:
        return f"host={self.directory} user=lodekey dbname=postgres connect_timeout=5"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.directory / "log", "start")

    def kill(self) -> None:
        """Stop as a crash does: without a checkpoint."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [str(self._programs / program), *map(str, words)],
            check=True,
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


@functools.cache
def shared_server() -> PostgresServer:
    """One server for all tests of this process that do not break it."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: tools/install_postgres.sh")
    server = PostgresServer()
    atexit.register(server.close)
    return server
