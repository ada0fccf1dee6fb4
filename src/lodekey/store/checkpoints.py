"""Bring what the write-ahead log holds into the database file, beside everybody's work.

SQLite would do so within a commit and keep quiet about errors; a failed fsync of the database file
would then be followed by a log that is written over. Here every error ends the process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, NoReturn

import apsw

FRAMES: Final = 2_000

log = logging.getLogger(__name__)


class Checkpoints:
    """A thread that checkpoints when the log has grown.

    Args:
        connect: Opens a connection of the thread's own.
        no_writer: Keeps every writer away meanwhile.
        on_disk_failure: Called when the disk fails; does not return.
    """

    def __init__(
        self,
        connect: Callable[[], apsw.Connection],
        no_writer: Callable[[], AbstractContextManager[None]],
        on_disk_failure: Callable[[BaseException], NoReturn],
    ) -> None:
        self._db = connect()
        self._no_writer = no_writer
        self._on_disk_failure = on_disk_failure
        self._due = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="lodekey-checkpoints", daemon=True)
        self._thread.start()

    def wrote(self, frames: int) -> None:
        """Tell how many frames the log has after a commit."""
        if frames >= FRAMES:
            self._due.set()

    def close(self) -> None:
        """Checkpoint for the last time, if nobody else is at work, and end the thread."""
        self._over = True
        self._due.set()
        self._thread.join()
        self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._db.close()

    def _run(self) -> None:
        while self._due.wait() and not self._over:
            self._due.clear()
            # most of the log beside the writers; the rest while they wait, so that the next of
            # them finds everything checkpointed and begins the log anew
            self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)
            try:
                with self._no_writer():
                    self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)
            except apsw.BusyError:
                log.info("writers are too busy for a checkpoint; the next one will do")

    def _checkpoint(self, mode: int) -> None:
        try:
            self._db.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.LockedError):
            pass  # somebody else is at it, or reads what would go
        except apsw.FullError as error:
            log.warning("no room for a checkpoint: %s", error)
        except apsw.IOError as error:
            self._on_disk_failure(error)
