"""A real PostgreSQL: a cluster of a test's own, on a free port, gone with the test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PASSWORD = "cluster-password"


def programs() -> Path:
    """Where initdb, postgres and psql are; skips the test where they are not."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve())
    if not found:
        pytest.skip("PostgreSQL is not here; tools/install_postgres.sh installs it")
    return found[0].parent


class Cluster:
    """One cluster, with a superuser ``postgres``."""

    def __init__(self) -> None:
        self._programs = programs()
        # PostgreSQL's own user must get there, which it may not below pytest's directories.
        self._home = home = Path(tempfile.mkdtemp(prefix="lodekey-postgres-"))
        self.log = home / "log"
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        data, secret = home / "data", home / "password"
        secret.write_text(PASSWORD)
        self._own(secret)
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process = self._start(data)

    def _own(self, secret: Path) -> None:
        if self._user is None:
            return
        owner = pwd.getpwnam(self._user)
        os.chown(self._home, owner.pw_uid, owner.pw_gid)
        os.chown(secret, owner.pw_uid, owner.pw_gid)

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [self._programs / program, *map(str, words), f"--pwfile={self._home / 'password'}"],
            check=True,
            capture_output=True,
            user=self._user,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )

    def _start(self, data: Path) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._home,
            "log_statement": "all",
            "fsync": "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [self._programs / "postgres", "-D", data, "-p", str(self.port), *words],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            )
        deadline = time.monotonic() + 20
        while not self.opens("postgres", PASSWORD):
            if time.monotonic() > deadline:
                raise AssertionError(self.log.read_text())
            time.sleep(0.05)
        return process

    def opens(self, user: str, password: str) -> bool:
        """Whether the password opens the database."""
        return self._psql(user, password, "SELECT 1").returncode == 0

    def run(self, statement: str) -> None:
        """Run a statement as the superuser."""
        done = self._psql("postgres", PASSWORD, statement)
        assert done.returncode == 0, done.stderr

    def _psql(self, user: str, password: str, statement: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._programs / "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
            + ["-U", user, "-d", "postgres", "-c", statement],
            env={"PATH": os.environ["PATH"], "PGPASSWORD": password, "PGCONNECT_TIMEOUT": "5"},
            capture_output=True,
            check=False,
            text=True,
        )

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=20)
        shutil.rmtree(self._home, ignore_errors=True)
